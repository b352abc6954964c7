"""The state of a view: all of it in the address, so every view is a permalink.

The address is the only truth. Widgets are set from it before they are drawn and write to it when
they change; what it says that cannot be is dropped in favour of the default.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from components import warehouse

ACTS = {"all": "all acts of record", "acknowledged": "acknowledged by a party"}
ORIGINS = {
    "all": "all origins",
    "independent": "not from the parties\N{RIGHT SINGLE QUOTATION MARK} state media alone",
}
GLOBAL = ("dataset", "hub", "partners", "from", "to", "acts", "origins", "conf", "as_of")
MAX_PARTNERS = 3


@dataclass(frozen=True, slots=True)
class View:
    """What the sidebar says. ``partners`` are at most three codes, none of them the hub."""

    path: str
    dataset: str
    hub: str
    partners: tuple[str, ...]
    start: date
    end: date
    acts: str
    origins: str
    min_confidence: float
    as_of: str | None
    names: dict[str, str]
    datasets: tuple[str, ...]
    hubs: tuple[str, ...]
    candidates: tuple[str, ...]
    caption: str | None
    first_week: date
    last_week: date

    def name(self, code: str) -> str:
        """Return a country's name, else its code."""
        return self.names.get(code, code)

    def pair(self, partner: str) -> str:
        """Return the pair of the hub and a partner."""
        return pair_id(self.hub, partner)

    @property
    def pairs(self) -> tuple[str, ...]:
        return tuple(self.pair(p) for p in self.partners)

    def pair_name(self, pair: str) -> str:
        """Return 'China and North Korea'."""
        return " and ".join(self.name(c) for c in pair.split("-", 1))


def pair_id(a: str, b: str) -> str:
    """Return the undirected pair of two codes."""
    return "-".join(sorted((a, b)))


def carried(**extra: str | None) -> dict[str, str]:
    """Return the global part of the address, with more or other values."""
    params = {k: st.query_params[k] for k in GLOBAL if k in st.query_params}
    params |= {k: v for k, v in extra.items() if v is not None}
    return params


def address(page: str, **extra: str | None) -> str:
    """Return a link to a page that keeps the global state."""
    return f"./{page}?{urlencode(carried(**extra))}"


def get(name: str, default: str = "", allowed: Sequence[str] | None = None) -> str:
    """Read one value of the address; what is not allowed reads as the default."""
    value = str(st.query_params.get(name, default))
    return default if allowed is not None and value not in allowed else value


def get_date(name: str, default: date) -> date:
    """Read one day of the address."""
    try:
        return date.fromisoformat(str(st.query_params.get(name, "")))
    except ValueError:
        return default


def put(name: str, value: Any, default: Any = None) -> None:
    """Write one value into the address; the default leaves it out."""
    if value is None or value == default or value == "":
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = encode(value)


def encode(value: Any) -> str:
    """Write a value as the address has it."""
    if isinstance(value, (list, tuple)):
        return ",".join(str(v) for v in value)
    return value.isoformat() if isinstance(value, date) else str(value)


def widget(
    name: str,
    value: Any,
    make: Callable[..., Any],
    *,
    default: Any = None,
    resets: Sequence[str] = (),
) -> Any:
    """Draw a widget that shows and writes one value of the address.

    Args:
        name: of the value in the address.
        value: what the address says (already checked).
        make: draws the widget; is given ``key``, ``on_change`` and ``args``.
        default: the value that is left out of the address.
        resets: values that fall back to their defaults when this one changes.
    """
    key = f"f_{name}"
    if st.session_state.get(key) != value:
        st.session_state[key] = value

    def push() -> None:
        put(name, st.session_state[key], default)
        for other in resets:
            st.query_params.pop(other, None)

    return make(key=key, on_change=push)


def read(path: str) -> View | None:
    """Make the view from the address and the snapshot; None where it holds no data set."""
    known = warehouse.rows(path, "datasets")
    if not known:
        return None
    datasets = tuple(d["dataset"] for d in known)
    dataset = get("dataset", datasets[0], datasets)
    chosen = known[datasets.index(dataset)]
    hubs = warehouse.rows(path, "hubs", dataset=dataset)
    codes = tuple(h["country_code"] for h in hubs)
    if not codes:
        codes = ("PRK",)
    hub = get("hub", "PRK" if "PRK" in codes else codes[0], codes)
    near = warehouse.rows(path, "partners", dataset=dataset, hub=hub)
    candidates = tuple(p["partner_code"] for p in near)
    wanted = [p for p in get("partners").split(",") if p in candidates]
    partners = tuple(dict.fromkeys(wanted))[:MAX_PARTNERS] or _usual(path, hub, candidates)
    first = warehouse.as_day(chosen["first_week"]) or date(2000, 1, 3)
    last = warehouse.as_day(chosen["last_week"]) or first
    start = min(max(get_date("from", first), first), last)
    end = max(min(get_date("to", last), last), start)
    try:
        confidence = min(max(float(get("conf", "0")), 0.0), 0.95)
    except ValueError:
        confidence = 0.0
    names = {c["country_code"]: c["country_name"] for c in warehouse.rows(path, "countries")}
    return View(
        path, dataset, hub, partners, start, end,
        get("acts", "all", tuple(ACTS)), get("origins", "all", tuple(ORIGINS)), confidence,
        get("as_of") or None, names, datasets, codes, candidates, chosen["caption"], first, last,
    )  # fmt: skip


def _usual(path: str, hub: str, candidates: tuple[str, ...]) -> tuple[str, ...]:
    """Return the partners of the hub's first watched comparison, else its two busiest."""
    for row in warehouse.rows(path, "watched", hub=hub):
        pair = (row["other_code"], row["partner_code"])
        if all(code in candidates for code in pair):
            return pair
    return candidates[:2]
