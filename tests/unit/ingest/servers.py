"""Real servers on 127.0.0.1 that behave as told; names like 'a.test' lead to them."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from detente.ingest.courtesy import Courtesy
from detente.ingest.http import Fetcher

Respond = Callable[[http.server.BaseHTTPRequestHandler], None]


def rss(*items: str, head: str = "") -> bytes:
    body = "".join(
        f"<item><guid>{i}</guid><title>Title {i}</title><link>http://pages.test/{i}</link>"
        f"<description>Text of item {i}, in short.</description>"
        "<pubDate>Tue, 24 Nov 2020 10:00:00 GMT</pubDate></item>"
        for i in items
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Feed</title>'
        f"{head}{body}</channel></rss>"
    ).encode()


def send(handler: http.server.BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    if "Content_Length" not in headers:
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def serving(respond: Respond, host: str = "127.0.0.1") -> Iterator[int]:
    """Serve on a free port; yield it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            try:
                respond(self)
            except OSError:
                self.close_connection = True

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None: ...

    server = Server((host, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


async def to_here(host: str, port: int) -> list[str]:
    """Resolve every name to this machine, addresses to themselves."""
    return ["127.0.0.1" if host.endswith(".test") else host]


def fetchers(**options):
    """Return how fetchers are made that resolve names to this machine and allow 127.0.0.1 only."""
    options = {"resolver": to_here, "is_allowed": lambda a: a == "127.0.0.1", **options}
    return lambda courtesy: Fetcher("detente-test/1", courtesy, **options)


def manners(gap: float = 0.0, **options) -> Courtesy:
    return Courtesy("detente-test/1", gap, **options)
