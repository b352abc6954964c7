"""A mention flagged in the page, accepted, built, and undone: in a real browser."""

import shutil

import pytest

from detente import pipeline
from detente.settings import Settings
from detente.warehouse.reader import open_snapshot, snapshot_path

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_given_a_flag_then_a_reviewer_accepts_the_build_applies_and_undoing_brings_it_back(
    settled, browser, home, served, tmp_path
):
    shutil.copytree(home, tmp_path / "home", symlinks=True)
    settings = Settings(home=tmp_path / "home")

    def events() -> set[str]:
        with open_snapshot(snapshot_path(settings)) as con:
            found = con.execute(
                "select event_id from marts.fct_events where dataset = 'sample' and is_scored"
            )
            return {row[0] for row in found.fetchall()}

    def decided(page, word: str) -> None:
        page.goto(f"{own}/data")
        settled(page)
        choose(page, "Decision", word)
        page.get_by_role("button", name="Decide").click()
        page.get_by_text(f"is now {word}.").wait_for(timeout=20_000)
        pipeline.build(settings=settings)
        pipeline.publish(settings=settings)

    whole = events()
    with (
        served(settings.home, DETENTE_ALLOW_OVERRIDES="true") as own,
        browser.new_context() as context,
    ):
        page = context.new_page()
        page.goto(f"{own}/evidence?since=2014-09-15&until=2014-10-15&pair=PRK-RUS")
        settled(page)
        wrong = page.locator("article.dt-event").first.get_attribute("data-event")
        assert wrong in whole
        page.get_by_text("Flag as wrong").click()
        page.get_by_label("Note").fill("of another year")
        page.get_by_role("button", name="Flag", exact=True).click()
        page.get_by_text("Recorded as pending").wait_for(timeout=20_000)
        decided(page, "accepted")
        assert events() == whole - {wrong}
        page.wait_for_function(
            "v => document.querySelector('.dt-meta')?.dataset.version === v",
            arg=snapshot_path(settings).parent.name,
            timeout=30_000,
        )
        decided(page, "undone")
        assert events() == whole


def choose(page, label: str, option: str) -> None:
    box = page.get_by_label(label, exact=False).last
    box.click()
    box.fill(option)
    box.press("Enter")
