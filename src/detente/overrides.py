"""What people said about single mentions and events: `config/overrides.csv`.

One row per verdict; rows are only ever appended, a later row with the same `override_id` replaces
an earlier one (accepting, undoing). Only accepted rows apply, at the next build.
"""

from __future__ import annotations

import csv
import fcntl
import re
import uuid
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa

from detente.settings import Settings

TARGET_KINDS = ("mention", "event", "document")
VERDICTS = ("wrong", "retype", "restatus", "redate")
APPLIED = {("event", "wrong"), ("document", "wrong"), *(("mention", v) for v in VERDICTS)}
"""What the build applies; anything else is refused. Episodes are re-cut from redated and retyped
mentions, so that merging or splitting an event is said of its mentions."""
STATUSES = ("occurred", "ongoing", "planned", "possible", "hypothetical", "negated", "historical")
STATES = ("pending", "accepted", "rejected", "undone")


class OverrideError(ValueError):
    """An override that cannot be written or read; the message names the field."""


@dataclass(frozen=True, slots=True)
class Override:
    """One verdict on one mention or event. ``recorded_at`` is ISO UTC."""

    override_id: str
    target_kind: str
    target_id: str
    verdict: str
    replacement: str
    note: str
    author: str
    recorded_at: str
    state: str


def read_overrides(settings: Settings) -> list[Override]:
    """Return the newest row of every override, oldest first.

    Raises:
        OverrideError: a row has an unknown word or lacks a column.
    """
    path = settings.overrides_path
    if not path.exists():
        return []
    newest: dict[str, Override] = {}
    with path.open(newline="", encoding="utf-8") as source:
        for number, row in enumerate(csv.DictReader(source), start=2):
            try:
                override = Override(**{f.name: row[f.name] or "" for f in fields(Override)})
            except KeyError as error:
                raise OverrideError(f"{path} line {number}: column {error} is missing") from None
            _check(override, f"{path} line {number}")
            newest[override.override_id] = override
    return list(newest.values())


def _check(override: Override, where: str) -> None:
    for value, allowed, name in (
        (override.target_kind, TARGET_KINDS, "target_kind"),
        (override.verdict, VERDICTS, "verdict"),
        (override.state, STATES, "state"),
    ):
        if value not in allowed:
            raise OverrideError(f"{where}: {name} is {value!r}, not one of {', '.join(allowed)}")
    if (override.target_kind, override.verdict) not in APPLIED:
        raise OverrideError(
            f"{where}: {override.verdict!r} applies to mentions, not to one {override.target_kind}"
        )
    if problem := _replacement_problem(override.verdict, override.replacement):
        raise OverrideError(f"{where}: replacement is {override.replacement!r}; {problem}")


def _replacement_problem(verdict: str, replacement: str) -> str | None:
    """Say what is wrong with a replacement, which the build would pass over in silence."""
    if verdict == "restatus" and replacement not in STATUSES:
        return f"a status is one of {', '.join(STATUSES)}"
    if verdict == "retype" and not re.fullmatch(r"[A-Z]+/[a-z_]*", replacement):
        return (
            "a type is written as in seeds/event_types.csv: CONSULT/visit, or AID/ without a mode"
        )
    if verdict == "redate":
        try:
            date.fromisoformat(replacement)
        except ValueError:
            return "a day is written 2015-05-09"
    return None


def flag(
    settings: Settings,
    target_kind: str,
    target_id: str,
    verdict: str,
    *,
    note: str = "",
    replacement: str = "",
    author: str = "",
) -> Override:
    """Append a pending verdict.

    Raises:
        OverrideError: writing is off (``DETENTE_ALLOW_OVERRIDES``) or a word is unknown.
    """
    if not settings.allow_overrides:
        raise OverrideError("writing overrides is off: set DETENTE_ALLOW_OVERRIDES=true")
    override = Override(
        uuid.uuid4().hex[:12], target_kind, target_id, verdict, replacement, note, author,
        _now(), "pending",
    )  # fmt: skip
    _append(settings, override)
    return override


def decide(settings: Settings, override_id: str, state: str, *, author: str = "") -> Override:
    """Accept, reject or undo an override by appending its new state.

    Raises:
        OverrideError: there is no such override, or writing is off.
    """
    if not settings.allow_overrides:
        raise OverrideError("writing overrides is off: set DETENTE_ALLOW_OVERRIDES=true")
    known = {o.override_id: o for o in read_overrides(settings)}
    if override_id not in known:
        raise OverrideError(f"there is no override {override_id}")
    values = {**asdict(known[override_id]), "state": state, "recorded_at": _now()}
    if author:
        values["author"] = author
    changed = Override(**values)
    _append(settings, changed)
    return changed


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _append(settings: Settings, override: Override) -> None:
    _check(override, "override")
    path = settings.overrides_path
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", newline="", encoding="utf-8") as sink:
        fcntl.flock(sink, fcntl.LOCK_EX)
        writer = csv.DictWriter(sink, [f.name for f in fields(Override)], lineterminator="\n")
        if sink.tell() == 0:
            writer.writeheader()
        writer.writerow(asdict(override))
        sink.flush()


def sync_overrides(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Make `raw.overrides` equal to the file; return the number of rows."""
    overrides = read_overrides(settings)
    con.execute("delete from raw.overrides")
    if overrides:
        con.register("_overrides", pa.Table.from_pylist([asdict(o) for o in overrides]))
        con.execute(
            "insert into raw.overrides by name"
            " select * replace (try_cast(recorded_at as timestamp) as recorded_at) from _overrides"
        )
        con.unregister("_overrides")
    return len(overrides)
