"""The dashboard in a real browser: from 2014 to its sentences, nothing asked of another host."""

import re
import shutil

import pytest

from detente.brief import write_brief
from detente.settings import Settings
from detente.warehouse.publish import publish

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def page(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.errors, page.foreign = [], []
    # Streamlit looks for its own endpoints below a page's address first, and then at the root
    page.on(
        "console",
        lambda m: (
            page.errors.append(m.text)
            if m.type == "error" and "/_stcore/" not in m.location.get("url", "")
            else None
        ),
    )
    page.on("pageerror", lambda e: page.errors.append(str(e)))
    page.on(
        "request",
        lambda r: (
            None
            if r.url.startswith((address, "data:", "blob:", address.replace("http", "ws")))
            else page.foreign.append(r.url)
        ),
    )
    yield page
    context.close()


@pytest.mark.parametrize(
    "view", ["", "tilt", "pair", "shift", "evidence", "watch", "network", "data", "sql"]
)
@pytest.mark.parametrize(
    "dataset, label", [("sample", "the method, not history"), ("simulated", "not the world")]
)
def test_given_a_view_then_it_opens_without_error_and_asks_no_other_host(
    settled, page, address, view, dataset, label
):
    page.goto(f"{address}/{view}?dataset={dataset}")
    settled(page)
    assert page.get_by_text(label).first.is_visible()
    assert page.errors == [] and page.foreign == []


def test_given_a_week_of_2014_then_its_sentences_stand_with_actors_and_trigger_marked(
    settled, page, address
):
    page.goto(f"{address}/evidence?since=2014-11-10&until=2014-11-30")
    settled(page)
    page.wait_for_selector("mark.dt-trigger", state="attached", timeout=30_000)
    assert page.locator("mark.dt-source").count() >= 1
    assert page.locator("mark.dt-target").count() >= 1


def test_given_a_click_on_the_year_2014_then_its_sentences_are_shown(settled, page, address):
    page.goto(f"{address}/tilt?hub=PRK&partners=CHN,RUS")
    settled(page)
    page.locator('[data-testid=stVegaLiteChart] path[aria-label*="year: 2014"]').first.click()
    page.wait_for_selector("article.dt-event mark.dt-trigger", timeout=30_000)
    assert "/evidence?" in page.url and "since=2014-01-01" in page.url
    assert page.errors == [] and page.foreign == []


def test_given_a_permalink_then_a_reload_shows_the_same_picture(settled, page, address):
    page.goto(f"{address}/tilt?hub=RUS&partners=PRK&from=2014-06-02")
    settled(page)
    page.wait_for_selector("[data-testid=stVegaLiteChart] svg")
    charts = "[...document.querySelectorAll('[data-testid=stVegaLiteChart] svg')].map(s => s.innerHTML.replace(/clip\\d+|gradient_\\d+/g, ''))"
    page.wait_for_timeout(1500)
    before = page.evaluate(charts)
    page.reload()
    settled(page)
    page.wait_for_selector("[data-testid=stVegaLiteChart] svg")
    page.wait_for_timeout(1500)
    assert before and page.evaluate(charts) == before


HOSTILE_VIEWS = {
    "evidence": "evidence?since=2014-11-10&until=2014-11-30",
    "uncounted": "evidence?since=2014-11-10&until=2014-11-30&show=uncounted",
    "search": "evidence?q=%3Cscript%3Ewindow.pwned%3D1%3C%2Fscript%3E&since=2014-11-10",
    "explainer": "shift?pair=PRK-RUS&before=2014-10-06&after=2014-11-17",
    "key acts": "tilt?from=2014-10-06&to=2014-12-29",
    "publishers": "data",
    "brief": "?to=2014-11-24",
    "watch": "watch",
    "dataset": "?dataset=%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E&hub=%5Bx%5D(http%3A%2F%2F127.0.0.9)",
    "as_of": "?as_of=%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E",
    "event": "evidence?event=%3Csvg%2Fonload%3Dwindow.pwned%3D1%3E",
}


@pytest.mark.parametrize("view", HOSTILE_VIEWS)
def test_given_hostile_texts_then_nothing_of_them_runs_or_is_markup(page, address, view):
    page.goto(f"{address}/{HOSTILE_VIEWS[view]}")
    page.wait_for_selector(".dt-title", timeout=60_000)
    page.wait_for_selector("[data-testid='stStatusWidget']", state="detached", timeout=60_000)
    page.wait_for_timeout(1200)
    if view == "evidence":
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.locator("div.dt-mention").count() >= 30  # the payloads are there, as text
        assert "window.pwned" in page.inner_text("[data-testid=stMain]")
    if view == "key acts":  # hovers are made of the same texts
        for mark in page.locator(
            "[data-testid=stVegaLiteChart] path[aria-roledescription=point]"
        ).all()[:12]:
            mark.hover(force=True)
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("getComputedStyle(document.body).display") != "none"
    for made in ("a[href^=javascript]", "a[href^='data:']", "iframe[srcdoc]", "[onerror]", "[onload]",
                 "[data-testid=stMain] form[action]", "object", "a[href^='http://127.0.0.9']"):  # fmt: skip
        assert page.locator(made).count() == 0, made
    assert page.foreign == [] and page.errors == []


def test_given_ten_sessions_at_once_then_each_sees_its_own_hub(browser, address):
    wanted = ["PRK", "RUS", "CHN", "PRK", "RUS", "CHN", "PRK", "RUS", "CHN", "PRK"]
    contexts = [browser.new_context() for _ in wanted]
    pages = [c.new_page() for c in contexts]
    for page, hub in zip(pages, wanted, strict=True):
        page.goto(f"{address}/tilt?hub={hub}", wait_until="commit")
    for page, hub in zip(pages, wanted, strict=True):
        page.wait_for_selector(".dt-title", timeout=60_000)
        page.wait_for_selector("[data-testid='stStatusWidget']", state="detached", timeout=60_000)
        shown = page.locator("[data-testid=stSelectbox]").filter(has_text="Hub").first
        assert f"({hub})" in shown.inner_html(), (hub, shown.inner_text())
        assert page.locator("[data-testid=stException]").count() == 0
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_given_a_width_then_no_view_is_wider_than_the_screen(settled, browser, address, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    wide = []
    for view in ("", "tilt", "pair", "shift", "evidence", "watch", "network", "data", "sql"):
        page.goto(f"{address}/{view}")
        settled(page)
        page.wait_for_timeout(400)
        if page.evaluate("document.documentElement.scrollWidth") > width + 1:
            wide.append(view)
    context.close()
    assert wide == []


def test_given_the_landing_page_then_another_hub_is_two_clicks_away(settled, page, address):
    page.goto(f"{address}/")
    settled(page)
    page.locator("[data-testid=stSelectbox]").filter(has_text="Hub").locator("input").click()
    page.get_by_role("option", name="Russia (RUS)").click()
    page.wait_for_url("**hub=RUS**", timeout=20_000)
    assert page.errors == [] and page.foreign == []


def test_given_a_shift_on_the_landing_page_then_its_sentences_are_one_click_away(
    settled, page, address
):
    page.goto(f"{address}/?dataset=simulated&hub=PRK&partners=RUS")
    settled(page)
    page.locator("[data-testid=stMain] a", has_text="Its sentences").first.click()
    page.wait_for_selector("article.dt-event blockquote", timeout=20_000)
    assert "Simulated act" in page.inner_text("article.dt-event >> nth=0")
    assert page.errors == [] and page.foreign == []


def test_given_the_name_of_the_landing_page_as_address_then_it_shows_with_its_state(page, address):
    page.goto(f"{address}/brief?hub=RUS")
    page.wait_for_selector(".dt-meta[data-hub=RUS]", timeout=30_000)
    assert page.locator(".dt-title h1").inner_text() == "Brief"
    assert page.errors == []


def test_given_a_new_version_then_the_open_page_shows_it_and_keeps_the_readers_place(
    settled, browser, home, served, tmp_path
):
    shutil.copytree(home, tmp_path / "home", symlinks=True)
    settings = Settings(home=tmp_path / "home")
    low = {"width": 1280, "height": 480}  # so low that the page must scroll
    with served(settings.home) as own, browser.new_context(viewport=low) as context:
        page = context.new_page()
        page.goto(f"{own}/evidence?since=2014-11-10&until=2014-11-30&q=Moscow")
        settled(page)
        before = page.get_attribute(".dt-meta", "data-version")
        page.locator("article.dt-event summary").first.wait_for()
        scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"
        page.wait_for_function(f"({scrolled} = 60) && {scrolled} == 60")  # once it is laid out
        page.evaluate("window.sameDocument = true")
        fresh = publish(settings).version
        page.wait_for_selector(f".dt-meta[data-version='{fresh}']", timeout=30_000)
        assert fresh != before
        assert page.evaluate("window.sameDocument")  # nothing was loaded anew
        assert page.evaluate(scrolled) == 60
        assert "q=Moscow" in page.url and "since=2014-11-10" in page.url
        assert page.locator("input[aria-label='Sentence contains']").input_value() == "Moscow"


@pytest.mark.parametrize("dataset", ["sample", "simulated"])
def test_given_a_brief_then_it_prints_on_one_sheet(browser, home, tmp_path, dataset):
    file = write_brief(Settings(home=home), "PRK", ["CHN", "RUS"], dataset, tmp_path / "b.html")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(file.as_uri())
        printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", printed)) == 1
