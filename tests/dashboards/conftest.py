"""A published warehouse of some sample documents, and a dashboard served from it."""

import os
import random
import shutil
import socket
import subprocess
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from detente import pipeline, services
from detente.settings import Settings
from detente.warehouse.writer import open_writer

ROOT = Path(__file__).resolve().parents[2]
PAYLOADS = [
    "<script>window.pwned=1</script>",
    "<ScRiPt>window.pwned=1</sCrIpT>",
    "<img src=x onerror=window.pwned=1>",
    "<img src='http://127.0.0.9/x.png'>",
    "<svg/onload=window.pwned=1>",
    "<svg><animate onbegin=window.pwned=1 attributeName=x dur=1s>",
    "<body onload=window.pwned=1>",
    "<details open ontoggle=window.pwned=1>",
    "<video><source onerror=window.pwned=1></video>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<iframe src='javascript:parent.pwned=1'></iframe>",
    "<object data='javascript:window.pwned=1'></object>",
    "<form action='http://127.0.0.9/'><button>x</button></form>",
    "<input autofocus onfocus=window.pwned=1>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.9/'>",
    "<link rel=stylesheet href='http://127.0.0.9/x.css'>",
    "<style>body{display:none}</style>",
    "<style>@import 'http://127.0.0.9/x.css'</style>",
    "<a href='javascript:window.pwned=1'>x</a>",
    "<a href='data:text/html,<script>1</script>'>x</a>",
    "</mark></div></blockquote></article><script>window.pwned=1</script>",
    "--><script>window.pwned=1</script><!--",
    "'\"><script>window.pwned=1</script>",
    "&lt;script&gt;window.pwned=1&lt;/script&gt;",
    "&#60;img src=x onerror=window.pwned=1&#62;",
    "[click](javascript:window.pwned=1)",
    "[click](http://127.0.0.9/)",
    "![x](http://127.0.0.9/x.png)",
    "$\\href{javascript:window.pwned=1}{x}$",
    "$$\\includegraphics{http://127.0.0.9/x.png}$$",
    ":red[**bold**] :material/home: :smile: <b>bold</b>",
    "{{constructor.constructor('window.pwned=1')()}}",
    "datum.constructor.constructor('window.pwned=1')()",
    "${window.pwned=1} `window.pwned=1`",
    "signal: 'window.pwned=1', expr: 'window.pwned=1'",
    "\u202egnp.exe \u0000 \ufeff \u2028window.pwned=1",
]


def add_simulated_turn(settings: Settings) -> None:
    """Six events a week for six years: from 2004 on the two states threaten where they agreed."""
    rng = random.Random(3)
    rows = []
    for week in range(6 * 52):
        turned = week >= 3 * 52
        for number in range(6):
            hostile = rng.random() < (0.9 if turned else 0.05)
            day = date(2001, 1, 1) + timedelta(days=week * 7 + number)
            rows.append(
                {
                    "dataset": "simulated", "report_id": f"{week}-{number}",
                    "source_code": "PRK", "target_code": "RUS", "source_role": "government",
                    "target_role": "government",
                    "event_type": "THREATEN" if hostile else "AGREE", "event_mode": "",
                    "event_date": day, "origin": f"origin {number % 3}",
                    "story_key": f"s{week}-{number}", "sentence": f"Simulated act {week}-{number}.",
                    "known_at": datetime(day.year, day.month, day.day),
                    "known_at_basis": "claimed", "loaded_at": datetime(2020, 1, 1),
                }
            )  # fmt: skip
    with open_writer(settings) as con:
        con.register("_rows", pa.Table.from_pylist(rows))
        con.execute("insert into raw.dataset_events by name select * from _rows")
        con.unregister("_rows")


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    for pair in ("PRK-RUS", "CHN-PRK"):
        for path in (ROOT / "seeds/sample_news/documents" / pair).glob(f"{pair}-201[45]-*.md"):
            shutil.copy(path, folder / path.name)
    for number, payload in enumerate(PAYLOADS):
        # In the sentence, in the title and in the publisher's name: all three are strangers'.
        safe = payload.replace("\x00", "").replace("'", "''")
        (folder / f"payload-{number}.md").write_text(
            f"---\nid: payload-{number}\nurl: https://x.example/{number}\n"
            f"title: 'Payload {number} {safe}'\npublished: 2014-11-19T08:00:00Z\n"
            f"publisher: '{safe}'\n---\n"
            f"Russia condemned North Korea on Tuesday, and said {payload} to the press of Moscow.\n",
            encoding="utf-8",
        )
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    pipeline.ingest_targets(
        [str(folder)], dataset="sample", corpus_label="illustrative", settings=settings
    )
    add_simulated_turn(settings)
    pipeline.code(settings=settings.model_copy(update={"workers": 1}))
    pipeline.build(settings=settings)
    pipeline.publish(settings=settings)
    return settings.home


@contextmanager
def serve(home: Path, **environment: str):
    """Serve a home on a free port; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings(home=home, dashboard_port=port)
    process = subprocess.Popen(
        services.dashboard_command(settings),
        env={**os.environ, "DETENTE_HOME": str(home), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        assert services.wait_until_healthy(f"{url}/_stcore/health", 60)
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def served():
    return serve


@pytest.fixture(scope="session")
def settled():
    """Wait until a page is there and its script has run."""

    def wait(page):
        page.wait_for_selector(".dt-title", timeout=60_000)
        page.wait_for_selector("[data-testid='stStatusWidget']", state="detached", timeout=60_000)

    return wait


@pytest.fixture(scope="session")
def address(home):
    with serve(home) as url:
        yield url


@pytest.fixture(scope="session")
def browser():
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("DETENTE_REQUIRE_BROWSER"):
            pytest.fail("chromium is required and not installed")
        pytest.skip("chromium is not installed: the browser tests do not run")
    from playwright.sync_api import sync_playwright

    flags = (
        "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync"
    ).split()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=flags)
        yield running
        running.close()
