"""A published warehouse of some sample documents, and a dashboard served from it."""

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from detente import pipeline, services
from detente.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAYLOADS = [
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<svg/onload=window.pwned=1>",
    "[click](javascript:window.pwned=1)",
    "![x](http://127.0.0.9/x.png)",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "$\\href{javascript:window.pwned=1}{x}$",
    "</mark></div><script>window.pwned=1</script>",
    "{{constructor.constructor('window.pwned=1')()}}",
    "<a href='javascript:window.pwned=1'>x</a>",
    ":red[**bold**] <b>bold</b>",
    "<style>body{display:none}</style>",
]


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    for pair in ("PRK-RUS", "CHN-PRK"):
        for path in (ROOT / "seeds/sample_news/documents" / pair).glob(f"{pair}-201[45]-*.md"):
            shutil.copy(path, folder / path.name)
    for number, payload in enumerate(PAYLOADS):
        (folder / f"payload-{number}.md").write_text(
            f"---\nid: payload-{number}\nurl: https://x.example/{number}\n"
            f"title: 'Payload {number}'\npublished: 2014-11-19T08:00:00Z\npublisher: Nobody\n---\n"
            f"Russia condemned North Korea on Tuesday, and said {payload} to the press of Moscow.\n"
        )
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    pipeline.ingest_targets(
        [str(folder)], dataset="sample", corpus_label="illustrative", settings=settings
    )
    pipeline.code(settings=settings.model_copy(update={"workers": 1}))
    pipeline.build(settings=settings)
    pipeline.publish(settings=settings)
    return settings.home


@pytest.fixture(scope="session")
def address(home):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings(home=home, dashboard_port=port)
    process = subprocess.Popen(
        services.dashboard_command(settings),
        env={**os.environ, "DETENTE_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
            break
        except OSError:
            time.sleep(0.5)
    yield url
    process.kill()
    process.wait()


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
