"""Pictures for README and docs: the demo warehouse in a real browser.

Run `make demo SERVE=0` first. Needs chromium.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from detente import services
from detente.settings import get_settings

OUT = Path(__file__).resolve().parents[1] / "docs" / "img"
VIEWS = {
    "brief": "?dataset=sample&compare=PRK.RUS.CHN",
    "tilt": "tilt?dataset=sample&compare=PRK.RUS.CHN",
    "evidence": "evidence?dataset=sample&compare=PRK.RUS.CHN&week=2014-11-17",
}


def main() -> int:
    """Take every picture at two widths."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("chromium is not installed", file=sys.stderr)
        return 1
    settings = get_settings()
    services.require_free_port(settings.dashboard_port, "DETENTE_DASHBOARD_PORT")
    server = subprocess.Popen(
        services.dashboard_command(settings), env={**os.environ, "DETENTE_HOME": str(settings.home)}
    )
    address = f"http://127.0.0.1:{settings.dashboard_port}"
    OUT.mkdir(parents=True, exist_ok=True)
    try:
        services.wait_until_healthy(f"{address}/_stcore/health", 60)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            for width in (1280, 390):
                page = browser.new_page(viewport={"width": width, "height": 1000})
                for name, path in VIEWS.items():
                    page.goto(f"{address}/{path}")
                    page.wait_for_selector("h1", timeout=60_000)
                    page.wait_for_timeout(4000)
                    page.screenshot(path=OUT / f"{name}-{width}.png")
            browser.close()
    finally:
        server.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
