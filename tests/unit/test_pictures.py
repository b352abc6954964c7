"""Pictures: what the templates make is valid Vega-Lite, filled, and drawn by another renderer."""

import csv
import json
import re
from datetime import date, datetime
from pathlib import Path

import altair as alt
import pandas as pd
import pytest

from detente import atlas, charts, pictures
from detente.picture import DARK, LIGHT, Picture, fill

ROOT = Path(__file__).resolve().parents[2]
START, END = date(2014, 1, 6), date(2016, 1, 4)
WEEKS = pd.date_range(START, END, freq="7D").date
SERIES = pd.DataFrame(
    {
        "week_start": WEEKS, "warmth": 0.5, "warmth_lo": -1.0, "warmth_hi": 2.0,
        "share_raw": 0.6, "share_lo": 0.4, "share_hi": 0.8, "decayed_n": 3.0, "effective_n": 2.0,
        "cooperation_count": 1.0, "other_cooperation_count": 1.0, "prior_share": 0.3,
        "evidence_level": ["ok", *["insufficient"] * (len(WEEKS) - 1)], "event_count": 1.0,
        "event_count_52w": 12,
    }
)  # fmt: skip
ALARM = pd.DataFrame(
    {
        "estimated_start": [START], "alarm_week": [END], "delta": [-1.2], "strength": ["strong"],
        "status": ["active"], "shift_id": ["s1"],
    }
)  # fmt: skip
QUARTERS = pd.DataFrame(
    {
        "quarter": [START], "event_count": [3], "cooperation_count": [2], "conflict_count": [1],
        "report_count": [5], **{key: [1] for key in pictures.QUADS},
    }
)  # fmt: skip
EVENTS = pd.DataFrame(
    {
        "pair_id": ["CHN-PRK"], "event_id": ["e"], "week_start": [START],
        "event_date_start": [START], "weight": [-2.0], "is_cooperative": [False],
        "event_type": ["ACCUSE"], "event_mode": [""], "confidence": [0.7],
        "acknowledgement": ["alleged"], "headline_sentence": ["$colour {{x}} $start"],
    }
)  # fmt: skip
STEPS = pd.DataFrame(
    {
        "label": ["before", "1. $ink", "after"], "from_level": [0.0, 1.0, 0.0],
        "to_level": [1.0, 1.5, 1.5], "kind": ["start", "event", "end"], "moved": [1.0, 0.5, 1.5],
    }
)  # fmt: skip
ITEMS = pd.DataFrame(
    {
        "watch_id": ["w"], "lane": ["Kim"], "outcome": ["occurred"], "p_occurs": [0.8],
        "reported_at": [datetime(2014, 2, 1)], "source_confirmed_at": [datetime(2014, 2, 2)],
        "target_confirmed_at": [None], "settled_at": [datetime(2014, 3, 1)],
        "window_start": [START], "window_end": [START],
    }
)  # fmt: skip
CELLS = pd.DataFrame(
    {
        "country_a_code": ["CHN", "PRK"], "country_b_code": ["PRK", "RUS"], "warmth": [1.0, 2.0],
        "warmth_lo": [0.0, 1.0], "warmth_hi": [2.0, 3.0], "prior_share": [0.1, 0.9],
        "evidence_level": ["ok", "insufficient"], "event_count_52w": [30, 2],
        "pair_id": ["CHN-PRK", "PRK-RUS"],
    }
)  # fmt: skip
MONTHS = pd.DataFrame(
    {"source_id": ["a"], "month": [START], "document_count": [4], "duplicate_count": [1]}
)
YEARS = pd.DataFrame(
    {
        "year": [2014], "k": [8.0], "n": [12.0], "share_raw": [0.67], "share_lo": [0.4],
        "share_hi": [0.85], "evidence_level": ["thin"],
    }
)  # fmt: skip
TENTHS = pd.DataFrame({"mean_probability": [0.8], "occurred_share": [0.7], "item_count": [5]})
PARTNERS = pd.DataFrame(
    {
        "partner": ["China"], "attention_share": [0.5], "attention_lo": [0.4],
        "attention_hi": [0.6], "event_count_26w": [5], "country_event_count_26w": [10],
    }
)  # fmt: skip
GREETINGS = pd.DataFrame(
    {
        "lane": ["China → North Korea: foundation"] * 3, "year": [2014, 2015, 2016],
        "standing": ["present", "downgraded", "absent"], "letter_count": [1, 1, 0],
        "event_date_start": [START, START, None], "event_id": ["e", "f", None],
    }
)  # fmt: skip
NAMES = ("Russia", "China")
MAKERS = {
    "warmth": lambda p: charts.warmth(SERIES, ALARM.head(0), "CHN", p, START, END, (-4.0, 4.0)),
    "warmth with an alarm": lambda p: charts.warmth(
        SERIES, ALARM, "BRA", p, START, END, (-4.0, 4.0), labels=True
    ),
    "share": lambda p: charts.share(SERIES, ALARM, "RUS", p, START, END, NAMES),
    "years": lambda p: charts.share_years(YEARS, "RUS", p, NAMES),
    "counts": lambda p: charts.counts(QUARTERS, p, START, END, 5.0),
    "key acts": lambda p: charts.key_events(
        EVENTS, ["CHN-PRK"], {"CHN-PRK": "China"}, p, START, END
    ),
    "quads": lambda p: pictures.quads(QUARTERS, p, START, END),
    "ribbon": lambda p: pictures.ribbon(
        SERIES, ("warmth", "warmth_lo", "warmth_hi", "event_count"), p, p.ink, START, END, (-1, 1),
        rule=0.0,
    ),
    "waterfall": lambda p: pictures.waterfall(STEPS, p),
    "lanes": lambda p: pictures.lanes(ITEMS, p, START, END),
    "calibration": lambda p: pictures.calibration(TENTHS, p),
    "matrix": lambda p: atlas.matrix(CELLS, ["PRK", "CHN", "RUS"], {}, p),
    "coverage": lambda p: pictures.coverage(MONTHS, p, START, END),
    "calendar": lambda p: pictures.calendar(GREETINGS, p),
    "world": lambda p: atlas.world(CELLS, "PRK", {}, p),
    "partners": lambda p: atlas.partner_bars(PARTNERS, p),
}  # fmt: skip


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", MAKERS)
def test_given_rows_then_the_specification_is_valid_and_every_slot_is_filled(name, palette):
    made: Picture = MAKERS[name](palette)
    alt.Chart.from_dict({k: v for k, v in made.spec.items() if k != "datasets"}, validate=True)
    assert not re.search(r'"\$(?!schema)\w+"', json.dumps(made.spec))
    named = set(re.findall(r'"data": \{"name": "([\w-]+)"', json.dumps(made.spec)))
    assert named == {*made.data, *made.spec.get("datasets", {})}
    assert palette.paper in json.dumps(made.spec)


@pytest.mark.parametrize("name", MAKERS)
def test_given_a_picture_with_its_rows_inline_then_another_renderer_draws_it(name):
    vl_convert = pytest.importorskip("vl_convert")
    svg = vl_convert.vegalite_to_svg({**MAKERS[name](LIGHT).inline(), "width": 500})
    assert svg.startswith("<svg") and len(svg) > 1500


def test_given_texts_that_look_like_slots_then_rows_keep_them():
    made = MAKERS["key acts"](LIGHT)
    assert made.data["rows"]["words"].tolist() == ["$colour {{x}} $start"]


def test_given_one_template_then_two_fillings_do_not_touch_each_other():
    light, dark = MAKERS["years"](LIGHT), MAKERS["years"](DARK)
    assert LIGHT.paper in json.dumps(light.spec) and DARK.paper not in json.dumps(light.spec)
    assert DARK.paper in json.dumps(dark.spec)


def test_given_a_filled_value_that_names_a_slot_then_it_is_not_filled_again():
    assert fill({"a": ["$x", 1]}, {"x": "$y", "y": "z"}) == {"a": ["$y", 1]}


def test_given_partners_then_the_map_draws_each_once_and_grey_where_too_little_is_known():
    made = atlas.world(CELLS, "PRK", {"CHN": "China"}, LIGHT)
    sets = made.spec["datasets"]
    assert [f["properties"]["name"] for f in sets["known"]] == ["China"]
    assert [f["properties"]["pair_id"] for f in sets["unknown"]] == ["PRK-RUS"]
    assert len(sets["land"]) > 150 and len(sets["hub"]) == 1


def test_given_a_hub_without_outline_then_there_is_no_map():
    assert atlas.world(CELLS, "MHL", {}, LIGHT) is None
    assert atlas.without_outline(["MHL", "RUS"]) == ["MHL"]


def test_given_the_outlines_then_every_code_is_a_country_of_the_seeds():
    with (ROOT / "seeds" / "countries.csv").open(encoding="utf-8") as file:
        codes = {row["country_code"] for row in csv.DictReader(file)}
    assert set(atlas.outlines()) - codes <= {"SOM"}
