"""What must hold of when a feed is asked, whatever comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from detente.ingest.drafts import OUTCOMES
from detente.ingest.policy import (
    FAILURE_KINDS,
    FAILURE_WEIGHTS,
    MAX_BACKOFF,
    MAX_INTERVAL,
    MIN_INTERVAL,
    FeedState,
    Reply,
    decide,
    plan,
    state_for,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
texts = st.one_of(st.none(), st.text(min_size=1, max_size=8))
states = st.builds(
    FeedState,
    url=st.just("http://a.test/"),
    listed_url=st.just("http://a.test/"),
    etag=texts,
    last_modified=texts,
    interval_minutes=st.integers(10, 1440),
    next_at=st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
    failures=st.floats(0, 10_000),
)
replies = st.integers(0, 50).flatmap(
    lambda items: st.builds(
        Reply,
        outcome=st.sampled_from(["ok", "not_modified", "host_down", *FAILURE_KINDS]),
        etag=texts,
        item_count=st.just(items),
        known_count=st.integers(0, items),
        wished_minutes=st.one_of(st.none(), st.integers(0, 10**7)),
        retry_after=st.one_of(st.none(), st.timedeltas(timedelta(0), timedelta(days=400))),
        moved_to=st.one_of(st.none(), st.just("http://b.test/")),
    )
)


@settings(deadline=None)
@given(states, replies, st.floats(0, 1))
def test_any_reply_then_the_feed_is_asked_again_within_bounds(state, reply, jitter):
    after = decide(state, reply, NOW, jitter)
    wait = after.next_at - NOW
    assert MIN_INTERVAL <= wait <= MAX_BACKOFF
    assert MIN_INTERVAL <= timedelta(minutes=after.interval_minutes) <= MAX_INTERVAL
    assert not plan(after, NOW).is_due
    assert plan(after, after.next_at).is_due
    assert plan(after, NOW, force=True).is_due
    assert FeedState.from_dict(after.to_dict()) == after
    if reply.outcome in ("ok", "not_modified"):
        assert after.failures == 0
        assert wait <= MAX_INTERVAL * 1.1
        assert wait >= min(timedelta(minutes=reply.wished_minutes or 0), MAX_INTERVAL)
    elif reply.outcome == "host_down":
        assert after.failures == state.failures
    else:
        weight = FAILURE_WEIGHTS[FAILURE_KINDS[reply.outcome]]
        assert after.failures == state.failures + weight
        assert (after.etag, after.url) == (state.etag, state.url)
        if reply.retry_after:
            assert wait >= min(reply.retry_after, MAX_INTERVAL)


@settings(deadline=None)
@given(states, st.sampled_from(sorted(FAILURE_KINDS)), st.integers(1, 60))
def test_failures_in_a_row_then_waits_grow_and_success_forgets_them(state, outcome, times):
    waits = []
    for _ in range(times):
        state = decide(state, Reply(outcome), NOW)
        waits.append(state.next_at - NOW)
    assert waits == sorted(waits)
    after = decide(state, Reply("ok", item_count=3), NOW)
    assert after.next_at - NOW <= timedelta(minutes=state.interval_minutes)


def test_failure_kinds_then_all_are_named_outcomes_and_weigh_as_written():
    assert set(FAILURE_KINDS) <= set(OUTCOMES)
    assert FAILURE_WEIGHTS == {"hard": 1.0, "soft": 0.5, "temporary": 0.25}


def test_items_mostly_known_or_new_then_interval_adapts():
    state = FeedState("u", interval_minutes=120)
    minutes = [
        decide(state, Reply("ok", item_count=100, known_count=k), NOW).interval_minutes
        for k in (100, 68, 50, 32, 0)
    ]
    assert minutes == [130, 130, 120, 60, 60]
    assert decide(state, Reply("not_modified"), NOW).interval_minutes == 130


def test_conditional_request_then_headers_of_the_last_body_that_came():
    first = decide(FeedState("u"), Reply("ok", etag='"1"', last_modified="L1"), NOW)
    assert dict(plan(first, NOW).headers) == {"If-None-Match": '"1"', "If-Modified-Since": "L1"}
    unchanged = decide(first, Reply("not_modified"), NOW)
    assert plan(unchanged, NOW).headers == plan(first, NOW).headers
    bare = decide(first, Reply("ok"), NOW)
    assert plan(bare, NOW).headers == ()


def test_list_names_another_address_then_what_was_remembered_is_dropped():
    moved = decide(state_for("u", None), Reply("ok", etag="e", moved_to="v"), NOW)
    assert state_for("u", moved) == moved
    assert plan(moved, NOW).url == "v"
    assert state_for("w", moved) == FeedState("w", "w")
