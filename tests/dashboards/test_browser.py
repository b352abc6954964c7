"""The dashboard in a real browser: from 2014 to its sentences, nothing asked of another host."""

import pytest

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


def _settled(page):
    page.wait_for_selector("h1", timeout=60_000)
    page.wait_for_selector("[data-testid='stStatusWidget']", state="detached", timeout=60_000)


@pytest.mark.parametrize("view", ["", "tilt", "evidence"])
def test_given_a_view_then_it_opens_without_error_and_asks_no_other_host(page, address, view):
    page.goto(f"{address}/{view}")
    _settled(page)
    assert page.get_by_text("shows the method, not history").first.is_visible()
    assert page.errors == [] and page.foreign == []


def test_given_a_week_of_2014_then_its_sentences_stand_with_actors_and_trigger_marked(
    page, address
):
    page.goto(f"{address}/evidence?dataset=sample&compare=PRK.RUS.CHN&week=2014-11-17")
    _settled(page)
    page.wait_for_selector("mark.trigger", state="attached", timeout=30_000)
    assert page.locator("mark.source").count() >= 1
    assert page.locator("mark.target").count() >= 1


def test_given_hostile_texts_then_nothing_of_them_runs_or_is_markup(page, address):
    page.goto(f"{address}/evidence?dataset=sample&compare=PRK.RUS.CHN&week=2014-11-17")
    _settled(page)
    page.wait_for_selector("mark.trigger", state="attached", timeout=30_000)
    page.wait_for_timeout(1500)
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("getComputedStyle(document.body).display") != "none"
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.locator("main iframe[srcdoc]").count() == 0
    assert page.foreign == []
