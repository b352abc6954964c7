"""The LLM coder against a local server that speaks the OpenAI protocol."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from detente.coding.coder import Coder
from detente.coding.llm import LlmCoder, LlmUnavailableError
from detente.model import Document
from detente.settings import Settings

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
    requests: ClassVar[list[dict]] = []

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        type(self).requests.append(request)
        tool = request["tools"][0]["function"]["name"]
        call = {"name": tool, "arguments": json.dumps({"claims": type(self).claims})}
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
        self.send_response(type(self).status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path):
    model = type("Model", (_Model,), {"claims": [CLAIM], "requests": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), model) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        settings = Settings(
            home=tmp_path,
            llm_base_url=f"http://127.0.0.1:{http.server_port}/v1",
            llm_model="local",
            llm_max_tokens=150,
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
    assert coded.mentions == () and "1 claims rejected" in coded.message


@pytest.mark.parametrize("change", [{"event_type": "INVADE"}, {"source_code": "North Korea"}])
def test_given_a_claim_outside_the_schema_then_the_document_is_an_error_after_retries(
    server, change
):
    model, settings = server
    model.claims = [{**CLAIM, **change}]
    coded = LlmCoder(settings).code(DOCUMENT)
    assert coded.outcome == "error" and len(model.requests) == 3


def test_given_a_server_that_fails_then_the_document_is_an_error_and_nothing_is_raised(server):
    model, settings = server
    model.status = 400
    assert LlmCoder(settings).code(DOCUMENT).outcome == "error"


def test_given_the_token_limit_then_no_further_request_is_made(server):
    model, settings = server
    coder = LlmCoder(settings)
    outcomes = [coder.code(DOCUMENT).outcome for _ in range(4)]
    assert outcomes == ["coded", "coded", "error", "error"] and len(model.requests) == 2


def test_given_a_running_event_loop_then_coding_works_all_the_same(server):
    import asyncio

    async def caller() -> str:
        return LlmCoder(server[1]).code(DOCUMENT).outcome

    # in a fresh thread: this one may hold the browser tests' loop
    with ThreadPoolExecutor(max_workers=1) as fresh:
        assert fresh.submit(lambda: asyncio.run(caller())).result() == "coded"
