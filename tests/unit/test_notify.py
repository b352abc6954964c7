"""A failed task and a late run are rows, and messages where somebody wishes them."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from detente.notify import run_is_late, task_failed
from detente.settings import Settings
from detente.warehouse.writer import open_writer


@pytest.fixture
def webhook():
    """A chat system's webhook; answers 500 at /broken."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(500 if self.path.startswith("/broken") else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()


def _rows(settings):
    with open_writer(settings) as con:
        return con.execute(
            "select subject, outcome, message from ops.ingest_attempts where stage = 'dag' order by 1"
        ).fetchall()


def test_given_a_failed_task_then_row_and_message_name_it(tmp_path, webhook):
    url, received = webhook
    settings = Settings(home=tmp_path, webhook_url=f"{url}/chat")
    task_failed("build_relations", "build", "run 1", "fct_events: not unique", settings=settings)
    assert _rows(settings) == [("build_relations.build", "failed", "fct_events: not unique")]
    assert received == [{"text": "detente: build_relations.build failed: fct_events: not unique"}]


def test_given_a_webhook_that_fails_then_that_is_a_row_without_its_address(tmp_path, webhook):
    url, _ = webhook
    settings = Settings(home=tmp_path, webhook_url=f"{url}/broken?token=secret")
    task_failed("ingest_news", "ingest", "run 1", "no disk", settings=settings)
    rows = _rows(settings)
    assert [(s, o) for s, o, _ in rows] == [("ingest_news.ingest", "failed"), ("webhook", "error")]
    assert "secret" not in str(rows)


def test_given_no_webhook_then_the_row_is_all(tmp_path):
    settings = Settings(home=tmp_path)
    task_failed("ingest_news", "ingest", "run 1", "no disk", settings=settings)
    assert len(_rows(settings)) == 1


def test_given_a_late_run_then_row_and_message_say_so(tmp_path, webhook):
    url, received = webhook
    settings = Settings(home=tmp_path, webhook_url=f"{url}/chat", late_after_minutes=30)
    run_is_late("code_events", settings=settings, context={"dag_run": {}})
    says = "not ended 30 minutes after it was queued"
    assert _rows(settings) == [("code_events", "late", says)]
    assert received == [{"text": f"detente: code_events late: {says}"}]
