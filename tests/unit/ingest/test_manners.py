"""Manners towards hosts, and addresses that are judged before anything is sent."""

from __future__ import annotations

import asyncio
import threading
from itertools import pairwise

import pytest

from detente.ingest.addresses import is_public, registrable_domain
from detente.ingest.courtesy import Courtesy, HostState
from detente.ingest.http import run

from .servers import fetchers, manners, rss, send, serving


class Clock:
    """Time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 6))
        self.now += seconds
        await asyncio.sleep(0)


def starts(courtesy: Courtesy, clock: Clock, urls: list[str]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}

    async def ask(url: str) -> None:
        async with courtesy.turn(url):
            found.setdefault(registrable_domain(url), []).append(clock.now)

    async def go() -> None:
        await asyncio.gather(*(ask(u) for u in urls))

    run(go())
    return found


def test_many_addresses_of_one_domain_then_five_seconds_between_starts():
    clock = Clock()
    courtesy = Courtesy("d/1", 5.0, clock=lambda: clock.now, sleep=clock.sleep)
    urls = [f"http://{host}.bbc.co.uk/{n}" for host in ("feeds", "www") for n in range(4)]
    found = starts(courtesy, clock, [*urls, "http://www.itv.co.uk/"])
    times = sorted(found["bbc.co.uk"])
    assert len(times) == 8
    assert min(b - a for a, b in pairwise(times)) >= 5.0
    assert clock.waits == [5.0] * 7  # the other domain waited for nobody


def test_crawl_delay_then_it_wins_over_a_shorter_gap_and_is_bounded():
    courtesy = manners(5.0)
    courtesy.note_robots("http://slow.test/", "User-agent: *\nCrawl-delay: 20", True)
    courtesy.note_robots("http://never.test/", "User-agent: *\nCrawl-delay: 86400", True)
    courtesy.note_robots("http://quick.test/", "User-agent: *\nCrawl-delay: 1", True)
    gaps = [courtesy.gap(f"http://{h}.test/x") for h in ("slow", "never", "quick", "unknown")]
    assert gaps == [20.0, 120.0, 5.0, 5.0]


def test_memory_of_hosts_stored_and_read_then_it_lasts_its_time():
    clock = Clock()
    first = Courtesy("d/1", 5.0, clock=lambda: clock.now)
    first.note_robots("http://a.test/", "User-agent: *\nDisallow: /private", True)
    first.note_robots("http://b.test/", None, False, "robots.txt: HTTP 500")
    first.note_down("http://c.test/")
    stored = {k: HostState.from_dict(v.to_dict()) for k, v in first.take_changes().items()}
    assert not first.take_changes()
    later = Courtesy("d/1", 5.0, stored, clock=lambda: clock.now)

    def sees() -> list[bool]:
        return [
            later.may_fetch("http://a.test/private/x"), later.may_fetch("http://a.test/news"),
            later.may_fetch("http://b.test/"), later.is_down("http://c.test/feed"),
        ]  # fmt: skip

    assert sees() == [False, True, False, True]
    clock.now += 601
    assert sees() == [False, True, False, False]
    clock.now += 3600
    assert sees() == [False, True, True, False]  # asked again after an hour
    clock.now += 86400
    assert later.robots("http://a.test/") is None


def test_robots_fetched_once_then_its_rules_hold_for_our_agent():
    asked: list[str] = []

    def respond(h):
        asked.append(h.path)
        rules = b"User-agent: detente-test\nDisallow: /closed\nUser-agent: *\nDisallow: /"
        send(h, 200, rules if h.path == "/robots.txt" else rss("a"))

    async def go(port: int) -> list[str]:
        async with fetchers()(manners()) as fetcher:
            urls = [f"http://x.test:{port}/{p}" for p in ("open", "closed/1", "open/2")]
            return [a.outcome for a in await asyncio.gather(*(fetcher.get(u) for u in urls))]

    with serving(respond) as port:
        assert run(go(port)) == ["ok", "robots", "ok"]
    assert sorted(asked) == ["/open", "/open/2", "/robots.txt"]


def test_one_host_then_one_request_at_a_time():
    busy, most = 0, 0
    guard = threading.Lock()

    def respond(h):
        nonlocal busy, most
        with guard:
            busy += 1
            most = max(most, busy)
        threading.Event().wait(0.02)
        with guard:
            busy -= 1
        send(h, 200, rss("a"))

    async def go(port: int) -> None:
        async with fetchers()(manners()) as fetcher:
            await asyncio.gather(*(fetcher.get(f"http://x.test:{port}/{n}") for n in range(8)))

    with serving(respond) as port:
        run(go(port))
    assert most == 1


def test_name_is_rebound_between_questions_then_only_the_judged_address_is_asked():
    reached: list[str] = []

    def respond(h):
        reached.append(h.connection.getsockname()[0])
        send(h, 404 if h.path == "/robots.txt" else 200, rss("a"), Connection="close")

    answers = iter(["127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.1"])

    async def rebinding(host: str, port: int) -> list[str]:
        return [next(answers)]

    async def go(port: int) -> list[str]:
        async with fetchers(resolver=rebinding)(manners()) as fetcher:
            return [(await fetcher.get(f"http://x.test:{port}/{n}")).outcome for n in range(3)]

    with serving(respond, "0.0.0.0") as port:
        assert run(go(port)) == ["ok", "forbidden_address", "ok"]
    assert set(reached) == {"127.0.0.1"}  # the other address never saw a byte


def test_one_of_several_addresses_private_then_refused():
    async def both(host: str, port: int) -> list[str]:
        return ["127.0.0.1", "10.0.0.1"]

    async def go(port: int) -> str:
        async with fetchers(resolver=both)(None) as fetcher:
            return (await fetcher.get(f"http://x.test:{port}/")).outcome

    with serving(lambda h: send(h, 200, rss("a"))) as port:
        assert run(go(port)) == "forbidden_address"


@pytest.mark.parametrize(
    ("address", "expected"),
    {
        "8.8.8.8": True, "2606:4700::1111": True, "10.1.2.3": False, "127.0.0.1": False,
        "169.254.169.254": False, "0.0.0.0": False, "100.64.0.1": False, "224.0.0.1": False,
        "::1": False, "fe80::1%eth0": False, "fc00::1": False, "::ffff:127.0.0.1": False,
        "::ffff:8.8.8.8": True, "64:ff9b::7f00:1": False, "64:ff9b::808:808": True,
        "2002:7f00:1::": False, "2001:0:4136:e378:8000:63bf:3fff:fdd2": False,
    }.items(),
)  # fmt: skip
def test_address_then_public_or_not(address, expected):
    assert is_public(address) is expected
