"""axe-core in a real browser: nothing serious or critical, in the light and in the dark theme."""

import shutil
import subprocess

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
VIEWS = ["", "tilt", "pair", "shift", "evidence", "watch", "network", "data", "sql",
         "?dataset=simulated", "tilt?dataset=simulated", "shift?dataset=simulated",
         "network?dataset=simulated"]  # fmt: skip


@pytest.fixture(scope="session")
def axe(tmp_path_factory) -> str:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed: axe-core cannot be fetched")
    folder = tmp_path_factory.mktemp("axe")
    done = subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder),
         "axe-core@4.10.3"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    source = folder / "node_modules" / "axe-core" / "axe.min.js"
    if done.returncode or not source.exists():
        pytest.skip(f"axe-core could not be fetched: {done.stderr.strip()[-200:]}")
    return source.read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_given_any_view_then_axe_finds_nothing_serious(browser, address, axe, scheme, settled):
    context = browser.new_context(
        viewport={"width": 1280, "height": 1000}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    found = []
    for view in VIEWS:
        page.goto(f"{address}/{view}")
        settled(page)
        page.wait_for_selector("[data-testid=stSidebar] a >> text=SQL")
        page.wait_for_function(
            "[...document.querySelectorAll('[data-testid=stVegaLiteChart]')]"
            ".every(chart => chart.querySelector('svg, canvas'))"
        )
        page.wait_for_timeout(800)
        page.evaluate(axe)
        report = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [
            (view, v["id"], v["nodes"][0]["html"][:160])
            for v in report["violations"]
            if v["impact"] in ("serious", "critical")
        ]
    context.close()
    assert not found, found
