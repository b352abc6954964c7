"""Pictures for README and docs: the demo warehouse in a real browser.

Run `make demo SERVE=0` first. Needs chromium. Pictures are cut at a height that shows the point.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from detente import services
from detente.settings import get_settings

OUT = Path(__file__).resolve().parents[1] / "docs" / "img"
SCOPE = "dataset=sample&hub=PRK&partners=CHN,RUS"
VIEWS = {
    "brief": f"?{SCOPE}",
    "tilt": f"tilt?{SCOPE}",
    "shift": f"shift?{SCOPE}&pair=PRK-RUS&before=2014-01-06&after=2014-11-17",
    "evidence": f"evidence?{SCOPE}&pair=PRK-RUS&since=2014-09-01&until=2014-12-01",
    "watch": f"watch?{SCOPE}",
    "network": f"network?{SCOPE}",
}
PICTURES = (
    (1280, "light", tuple(VIEWS)),
    (1280, "dark", ("tilt",)),
    (390, "light", ("tilt",)),
)
"""Those that README and docs show: width, theme, views."""
DRAWN = (
    "[...document.querySelectorAll('[data-testid=stVegaLiteChart]')]"
    ".every(chart => chart.querySelector('svg, canvas'))"
)
HEIGHTS = {1280: 1150, 390: 1200}
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def main() -> int:
    """Take every picture; exit code 1 where there is no browser."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("chromium is not installed", file=sys.stderr)
        return 1
    settings = get_settings()
    services.require_free_port(settings.dashboard_port, "DETENTE_DASHBOARD_PORT")
    server = subprocess.Popen(
        services.dashboard_command(settings),
        env={**os.environ, "DETENTE_HOME": str(settings.home)},
        stdout=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{settings.dashboard_port}"
    OUT.mkdir(parents=True, exist_ok=True)
    try:
        services.wait_until_healthy(f"{address}/_stcore/health", 60)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            for width, scheme, views in PICTURES:
                context = browser.new_context(
                    viewport={"width": width, "height": HEIGHTS[width]}, color_scheme=scheme
                )
                page = context.new_page()
                for name in views:
                    page.goto(f"{address}/{VIEWS[name]}")
                    page.wait_for_selector(".dt-title", timeout=60_000)
                    page.wait_for_selector(
                        "[data-testid=stStatusWidget]", state="detached", timeout=60_000
                    )
                    page.wait_for_function(DRAWN, timeout=60_000)
                    page.wait_for_timeout(1500)
                    suffix = f"{width}" if scheme == "light" else f"{width}-dark"
                    page.screenshot(path=OUT / f"{name}-{suffix}.png")
                context.close()
            browser.close()
    finally:
        server.kill()
        server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
