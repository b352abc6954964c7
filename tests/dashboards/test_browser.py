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


@pytest.mark.parametrize(
    "view", ["", "tilt", "pair", "shift", "evidence", "watch", "network", "data", "sql"]
)
def test_given_a_view_then_it_opens_without_error_and_asks_no_other_host(page, address, view):
    page.goto(f"{address}/{view}")
    _settled(page)
    assert page.get_by_text("shows the method, not history").first.is_visible()
    assert page.errors == [] and page.foreign == []


def test_given_a_week_of_2014_then_its_sentences_stand_with_actors_and_trigger_marked(
    page, address
):
    page.goto(f"{address}/evidence?since=2014-11-10&until=2014-11-30")
    _settled(page)
    page.wait_for_selector("mark.dt-trigger", state="attached", timeout=30_000)
    assert page.locator("mark.dt-source").count() >= 1
    assert page.locator("mark.dt-target").count() >= 1


def test_given_a_click_on_the_year_2014_then_its_sentences_are_shown(page, address):
    page.goto(f"{address}/tilt?hub=PRK&partners=CHN,RUS")
    _settled(page)
    page.locator('[data-testid=stVegaLiteChart] path[aria-label*="year: 2014"]').first.click()
    page.wait_for_selector("article.dt-event mark.dt-trigger", timeout=30_000)
    assert "/evidence?" in page.url and "since=2014-01-01" in page.url
    assert page.errors == [] and page.foreign == []


def test_given_a_permalink_then_a_reload_shows_the_same_picture(page, address):
    page.goto(f"{address}/tilt?hub=RUS&partners=PRK&from=2014-06-02")
    _settled(page)
    page.wait_for_selector("[data-testid=stVegaLiteChart] svg")
    charts = "[...document.querySelectorAll('[data-testid=stVegaLiteChart] svg')].map(s => s.innerHTML.replace(/clip\\d+|gradient_\\d+/g, ''))"
    page.wait_for_timeout(1500)
    before = page.evaluate(charts)
    page.reload()
    _settled(page)
    page.wait_for_selector("[data-testid=stVegaLiteChart] svg")
    page.wait_for_timeout(1500)
    assert before and page.evaluate(charts) == before


def test_given_hostile_texts_then_nothing_of_them_runs_or_is_markup(page, address):
    page.goto(f"{address}/evidence?since=2014-11-10&until=2014-11-30")
    _settled(page)
    page.wait_for_selector("mark.dt-trigger", state="attached", timeout=30_000)
    page.wait_for_timeout(1500)
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("getComputedStyle(document.body).display") != "none"
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.locator("main iframe[srcdoc]").count() == 0
    assert page.foreign == []
