"""The LLM coder against a local server that speaks the OpenAI protocol."""

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from detente.coding.coder import Coder
from detente.coding.llm import FAILURES_IN_A_ROW, LlmCoder, LlmUnavailableError
from detente.model import Document
from detente.settings import Settings
from detente.warehouse.writer import open_writer

DOCUMENT = Document(
    "d1",
    "r1",
    "Envoy in Moscow",
    "A North Korean envoy visited Moscow on Monday. Officials may meet again, a diplomat said.",
)
CLAIM = {
    "source_code": "PRK",
    "target_code": "RUS",
    "event_type": "CONSULT",
    "event_mode": "visit",
    "realis": "actual",
    "temporality": "past",
    "sentence": "A North Korean envoy visited Moscow on Monday.",
    "trigger": "visited",
    "source_quote": "North Korean envoy",
    "target_quote": "Moscow",
}


class _Model(BaseHTTPRequestHandler):
    claims: ClassVar[list[dict]] = []
    status = 200
    statuses: ClassVar[list[int]] = []
    requests: ClassVar[list[dict]] = []
    keys: ClassVar[list[str]] = []
    raw: str | None = None
    delay = 0.0

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        type(self).requests.append(request)
        type(self).keys.append(self.headers["authorization"])
        time.sleep(type(self).delay)
        tool = request["tools"][0]["function"]["name"]
        said = type(self).raw or json.dumps({"claims": type(self).claims})
        call = {"name": tool, "arguments": said}
        body = json.dumps(
            {
                "id": "x",
                "object": "chat.completion",
                "created": 1,
                "model": request["model"],
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "tool_calls",
                        "message": {
                            "role": "assistant",
                            "content": None,
                            "tool_calls": [{"id": "c1", "type": "function", "function": call}],
                        },
                    }
                ],
                "usage": {"prompt_tokens": 60, "completion_tokens": 40, "total_tokens": 100},
            }
        ).encode()
        statuses = type(self).statuses
        self.send_response(statuses.pop(0) if statuses else type(self).status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path):
    fresh = {"claims": [CLAIM], "requests": [], "keys": [], "statuses": []}
    model = type("Model", (_Model,), fresh)
    with ThreadingHTTPServer(("127.0.0.1", 0), model) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        settings = Settings(
            home=tmp_path,
            llm_base_url=f"http://127.0.0.1:{http.server_port}/v1",
            llm_model="local",
            llm_max_tokens=150,
            llm_concurrency=1,
        )
        yield model, settings
        http.shutdown()


def test_given_no_setting_then_no_text_leaves_the_machine(tmp_path):
    with pytest.raises(LlmUnavailableError, match="DETENTE_LLM_BASE_URL"):
        LlmCoder(Settings(home=tmp_path))


def test_given_a_claim_with_true_quotes_then_it_is_a_mention_at_its_place(server):
    _, settings = server
    coder = LlmCoder(settings)
    assert isinstance(coder, Coder)
    coded = coder.code(DOCUMENT)
    assert coded.outcome == "coded", coded.message
    (mention,) = coded.mentions
    evidence, body = mention.evidence, DOCUMENT.body
    for span in (evidence.sentence, evidence.trigger, evidence.source, evidence.target):
        assert body[span.start : span.end] == span.text
    assert (mention.status, mention.rule_id) == ("occurred", "llm")
    assert coder.code(DOCUMENT).mentions[0].mention_id == mention.mention_id


@pytest.mark.parametrize(
    "change",
    [
        {"sentence": "A North Korean envoy visited Beijing on Monday."},
        {"trigger": "attacked"},
        {"source_quote": "Kim Jong-un"},
        {"target_quote": "a diplomat"},
        {"trigger": ""},
        {"target_code": "PRK"},
    ],
)
def test_given_a_quote_that_is_not_in_the_sentence_then_the_claim_is_rejected(server, change):
    model, settings = server
    model.claims = [{**CLAIM, **change}]
    coded = LlmCoder(settings).code(DOCUMENT)
    assert coded.mentions == () and coded.message == "1 claims rejected"
    (row,) = coded.uncoded
    assert row.reason.startswith("claim rejected: ") and row.sentence_number == -1


@pytest.mark.parametrize("change", [{"event_type": "INVADE"}, {"source_code": "North Korea"}])
def test_given_a_claim_outside_the_schema_then_the_document_is_invalid_after_retries(
    server, change
):
    model, settings = server
    model.claims = [{**CLAIM, **change}]
    coded = LlmCoder(settings).code(DOCUMENT)
    assert coded.outcome == "invalid" and len(model.requests) == 3


def test_given_garbage_for_an_answer_then_the_document_is_invalid(server):
    model, settings = server
    model.raw = '{"claims": [{"sour'
    assert LlmCoder(settings).code(DOCUMENT).outcome == "invalid"


@pytest.mark.parametrize("statuses", [[429], [500, 503]])
def test_given_a_server_that_recovers_then_the_request_is_repeated(server, statuses):
    model, settings = server
    model.statuses = list(statuses)
    assert LlmCoder(settings).code(DOCUMENT).outcome == "coded"
    assert len(model.requests) == len([*statuses, 200])


@pytest.mark.parametrize(("status", "requests"), [(400, 1), (401, 1), (500, 2)])
def test_given_a_server_that_fails_then_the_document_is_unavailable(server, status, requests):
    model, settings = server
    model.status = status
    coder = LlmCoder(settings.model_copy(update={"llm_retries": 1}))
    assert coder.code(DOCUMENT).outcome == "unavailable"
    assert len(model.requests) == requests


def test_given_a_server_that_does_not_answer_in_time_then_the_document_is_unavailable(server):
    model, settings = server
    model.delay = 1.0
    coder = LlmCoder(settings.model_copy(update={"llm_timeout_seconds": 0.1, "llm_retries": 0}))
    assert coder.code(DOCUMENT).outcome == "unavailable"


def test_given_failures_in_a_row_then_the_run_asks_no_further(server):
    model, settings = server
    model.status = 401
    coder = LlmCoder(settings)
    outcomes = [c.outcome for c in coder.code_batch([DOCUMENT] * 8)]
    assert outcomes == ["unavailable"] * FAILURES_IN_A_ROW + ["limited"] * 3
    assert len(model.requests) == FAILURES_IN_A_ROW


def test_given_a_cost_limit_then_it_holds_and_needs_prices(server):
    _, settings = server
    # 60 tokens sent and 40 received at 1 and 2 per million: 140e-6 a document
    limit = settings.model_copy(update={"llm_max_cost": 200e-6, "llm_max_tokens": 10**6})
    with pytest.raises(LlmUnavailableError, match="INPUT_PRICE"):
        LlmCoder(limit)
    coder = LlmCoder(limit.model_copy(update={"llm_input_price": 1.0, "llm_output_price": 2.0}))
    outcomes = [c.outcome for c in coder.code_batch([DOCUMENT] * 4)]
    assert outcomes == ["coded", "coded", "limited", "limited"]
    assert coder.cost == pytest.approx(280e-6)


def test_given_the_token_limit_then_no_further_request_is_made(server):
    model, settings = server
    coder = LlmCoder(settings)
    outcomes = [coder.code(DOCUMENT).outcome for _ in range(4)]
    assert outcomes == ["coded", "coded", "limited", "limited"] and len(model.requests) == 2


def test_given_a_running_event_loop_then_coding_works_all_the_same(server):
    import asyncio

    async def caller() -> str:
        return LlmCoder(server[1]).code(DOCUMENT).outcome

    # in a fresh thread: this one may hold the browser tests' loop
    with ThreadPoolExecutor(max_workers=1) as fresh:
        assert fresh.submit(lambda: asyncio.run(caller())).result() == "coded"


def _detente(
    settings: Settings, *arguments: str, **environment: str
) -> subprocess.CompletedProcess:
    """Run the command as a user does, in a process of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DETENTE_")}
    return subprocess.run(
        [sys.executable, "-c", "from detente.cli import main; main()", *arguments],
        env={**kept, "DETENTE_HOME": str(settings.home), **environment},
        cwd=settings.home, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def _ingested(settings: Settings, count: int) -> None:
    folder = settings.home / "news"
    folder.mkdir()
    for k in range(count):
        text = f"Item {k}. A North Korean envoy visited Moscow on Monday."
        line = {"id": f"d{k}", "title": f"Envoy {k} in Moscow", "text": text,
                "published": "2015-06-01"}  # fmt: skip
        (folder / f"{k}.jsonl").write_text(json.dumps(line))
    done = _detente(settings, "ingest", str(folder))
    assert done.returncode == 0, done.stderr


def test_given_both_coders_then_their_mentions_lie_side_by_side_and_limits_leave_the_rest_waiting(
    server,
):
    model, settings = server
    _ingested(settings, 5)
    off = _detente(settings, "code", "--coder", "llm")
    assert off.returncode == 1 and "DETENTE_LLM_BASE_URL" in off.stderr
    assert model.requests == []
    rules = _detente(settings, "code", "--json")
    assert json.loads(rules.stdout)["outcomes"] == {"coded": 5}
    wrong = {**CLAIM, "target_quote": "Beijing"}
    model.claims = [CLAIM, wrong]
    asked = {
        "DETENTE_LLM_BASE_URL": settings.llm_base_url, "DETENTE_LLM_MODEL": "local",
        "DETENTE_LLM_API_KEY": "secret", "DETENTE_LLM_MAX_TOKENS": "150",
        "DETENTE_LLM_CONCURRENCY": "1", "DETENTE_LLM_MAX_DOCUMENTS": "4",
    }  # fmt: skip
    first = json.loads(_detente(settings, "code", "--coder", "llm", "--json", **asked).stdout)
    assert first["outcomes"] == {"coded": 2, "limited": 2} and set(model.keys) == {"Bearer secret"}
    second = json.loads(_detente(settings, "code", "--coder", "llm", "--json", **asked).stdout)
    assert second["outcomes"] == {"coded": 2, "limited": 1}
    with open_writer(settings) as con:
        ask = lambda query: con.execute(query).fetchall()  # noqa: E731
        assert ask("select coder_name, count(distinct revision_id) from raw.event_mentions"
                   " group by 1 order by 1") == [("llm", 4), ("rules", 5)]  # fmt: skip
        assert ask("select count(*), any_value(reason) from raw.uncoded_sentences"
                   " where sentence_number < 0") == [
            (4, "claim rejected: an actor is not in the sentence")
        ]  # fmt: skip
        told = ask("select outcome, message from ops.ingest_attempts where stage = 'code'")
        assert [o for o, _ in told] == ["limited"] * 2 and "MAX_TOKENS" in told[0][1]
        texts = ask("select message from ops.ingest_attempts")
    assert "secret" not in str(texts) + str(first)
    shown = _detente(settings, "settings", **asked)
    assert shown.returncode == 0 and "secret" not in shown.stdout + shown.stderr
