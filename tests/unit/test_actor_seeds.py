"""Countries and actors as seeds: are they well-formed, complete, and do they mean what we wrote."""

from __future__ import annotations

import csv
import shutil
from collections import defaultdict
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from detente.coding.actors import STATE_ROLES, ActorIndex, DocumentActors, load_actor_index

SEEDS = Path(__file__).parents[2] / "seeds"
PHRASES = Path(__file__).with_name("actor_phrases.csv")

COUNTRY_COLUMNS = [
    "country_code",
    "name",
    "is_state",
    "region",
    "names",
    "demonyms",
    "capital",
    "policy",
]
ACTOR_COLUMNS = [
    "alias",
    "country_code",
    "role",
    "kind",
    "canonical_name",
    "valid_from",
    "valid_to",
    "note",
]
KINDS = {
    "person",
    "office",
    "institution",
    "metonym",
    "party",
    "military",
    "company",
    "igo",
    "place",
    "civil",
}
ROLES = {
    "state_leader",
    "nominal_head_of_state",
    "government",
    "ruling_party",
    "military",
    "parliament",
    "state_company",
    "opposition",
    "party",
    "company",
    "media",
    "state_media",
    "civilian",
    "rebel",
    "igo",
}
# Words in a note that say why two people lead one country at once.
WHY_TWO_LEADERS = ("dual executive", "overlaps", "beside the", "beside a strong")
# What may have no country: groups and things that belong to none, and traps.
COUNTRYLESS = {"civilian", "rebel", "media"}
G20_AND_KOREAS = (
    "ARG AUS BRA CAN CHN FRA DEU IND IDN ITA JPN KOR MEX PRK RUS SAU ZAF TUR GBR USA".split()
)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


@pytest.fixture(scope="module")
def countries() -> list[dict[str, str]]:
    return _read(SEEDS / "countries.csv")


@pytest.fixture(scope="module")
def actors() -> list[dict[str, str]]:
    return _read(SEEDS / "actors.csv")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> ActorIndex:
    """The two seeds alone, without the blockers of the frames."""
    folder = tmp_path_factory.mktemp("seeds")
    for name in ("countries.csv", "actors.csv"):
        shutil.copy(SEEDS / name, folder)
    return load_actor_index(folder)


def _day(text: str, default: date) -> date:
    return date.fromisoformat(text) if text else default


# -- countries ----------------------------------------------------------------------------------


def test_given_countries_then_columns_codes_and_order_hold(countries: list[dict[str, str]]) -> None:
    assert list(countries[0]) == COUNTRY_COLUMNS
    codes = [r["country_code"] for r in countries]
    assert codes == sorted(set(codes))
    # 249 codes of ISO 3166-1 and Kosovo's user-assigned one
    assert len(codes) == 250
    # 193 members and 2 observers of the UN, Taiwan and Kosovo
    assert sum(r["is_state"] == "true" for r in countries) == 197
    assert {r["is_state"] for r in countries} == {"true", "false"}
    assert all(r["region"] for r in countries)


def test_given_a_country_then_its_name_is_among_its_names(countries: list[dict[str, str]]) -> None:
    assert [r for r in countries if r["name"] not in r["names"].split("|")] == []


def test_given_an_inhabited_country_then_it_has_a_demonym(countries: list[dict[str, str]]) -> None:
    without = [r for r in countries if not r["demonyms"]]
    assert [r for r in without if "no demonym" not in r["policy"]] == []
    assert [r for r in without if r["is_state"] == "true"] == []


def test_given_a_state_without_a_capital_then_its_policy_says_why(
    countries: list[dict[str, str]],
) -> None:
    silent = [
        r["country_code"]
        for r in countries
        if r["is_state"] == "true" and not r["capital"] and not r["policy"]
    ]
    # Vatican City is its own capital
    assert silent == []


def test_given_contested_states_then_a_policy_is_written(countries: list[dict[str, str]]) -> None:
    policies = {r["country_code"]: r["policy"] for r in countries}
    assert all(policies[c] for c in ("TWN", "XKX", "PSE", "HKG", "ESH", "KOR", "PRK"))


def test_given_a_name_of_a_country_then_no_other_country_claims_it(
    countries: list[dict[str, str]],
) -> None:
    owners = defaultdict(set)
    for row in countries:
        for column in ("names", "demonyms", "capital"):
            for text in filter(None, row[column].split("|")):
                assert text == text.strip()
                owners[text].add(row["country_code"])
    assert {k: v for k, v in owners.items() if len(v) > 1} == {}
    # Korea without a point of the compass is context, never an alias
    assert "Korea" not in owners and "Korean" not in owners


# -- actors -------------------------------------------------------------------------------------


def test_given_actors_then_columns_vocabularies_and_order_hold(
    actors: list[dict[str, str]], countries: list[dict[str, str]]
) -> None:
    assert list(actors[0]) == ACTOR_COLUMNS
    assert len(actors) >= 3500
    codes = {r["country_code"] for r in countries}
    for row in actors:
        code = row["country_code"]
        assert row["kind"] in KINDS, row
        assert row["role"] in ROLES, row
        assert row["alias"] and row["alias"] == row["alias"].strip(), row
        assert row["canonical_name"], row
        assert (
            all(one in codes for one in code.split("+"))  # 'both Koreas'
            or code.startswith("IGO-")
            or (not code and row["role"] in COUNTRYLESS)
        ), row
        # an organisation acts for no state, and no state's body is an organisation
        assert code.startswith("IGO-") <= (row["role"] not in STATE_ROLES), row
    keys = [(r["country_code"], r["canonical_name"], r["alias"], r["valid_from"]) for r in actors]
    assert keys == sorted(keys)


def test_given_an_actor_then_its_terms_are_dates_in_order_and_do_not_overlap(
    actors: list[dict[str, str]],
) -> None:
    terms = defaultdict(list)
    for row in actors:
        start = _day(row["valid_from"], date.min)
        end = _day(row["valid_to"], date.max)
        assert start <= end, row
        terms[row["alias"]].append((start, end, row["country_code"], row["role"]))
    clashes = [
        (alias, a, b)
        for alias, spans in terms.items()
        for a, b in combinations(spans, 2)
        if min(a[1], b[1]) > max(a[0], b[0])
        and (min(a[1], b[1]) - max(a[0], b[0])).days > 60
        and a[2] != b[2]
    ]
    assert clashes == [], "one alias means two countries at once"
    assert len({(k, s) for k, v in terms.items() for s in v}) == len(actors), "a row is there twice"


def test_given_one_country_then_two_people_lead_it_only_where_a_note_says_so(
    actors: list[dict[str, str]],
) -> None:
    reigns = defaultdict(set)
    for row in actors:
        if row["role"] == "state_leader" and row["kind"] == "person":
            reigns[row["country_code"]].add(
                (
                    row["canonical_name"],
                    _day(row["valid_from"], date.min),
                    _day(row["valid_to"], date.max),
                    row["note"],
                )
            )
    unexplained = [
        (code, a, b)
        for code, spans in reigns.items()
        for a, b in combinations(sorted(spans), 2)
        if a[0] != b[0]
        and (min(a[2], b[2]) - max(a[1], b[1])).days > 60
        and not any(w in a[3] + b[3] for w in WHY_TWO_LEADERS)
    ]
    assert unexplained == []


def test_given_a_state_leader_of_today_then_every_un_member_has_one(
    actors: list[dict[str, str]], countries: list[dict[str, str]]
) -> None:
    led = {
        r["country_code"]
        for r in actors
        if r["role"] in ("state_leader", "nominal_head_of_state", "government")
        and r["kind"] == "person"
        and not r["valid_to"]
    }
    missing = [
        r["country_code"]
        for r in countries
        if r["is_state"] == "true" and r["country_code"] not in led
    ]
    # San Marino's two captains change every half year; Colombia and Peru changed presidents after
    # May 2026, which is as far as the terms were checked (seeds/README.md)
    assert set(missing) <= {"SMR", "COL", "PER"}, missing


@pytest.mark.parametrize("code", G20_AND_KOREAS)
def test_given_a_major_state_then_someone_led_it_on_every_day_since_1990(
    actors: list[dict[str, str]], code: str
) -> None:
    spans = sorted(
        (_day(r["valid_from"], date.min), _day(r["valid_to"], date(2026, 6, 30)))
        for r in actors
        if r["country_code"] == code and r["role"] == "state_leader" and r["kind"] == "person"
    )
    reached = date(1990, 1, 1)
    gaps = []
    for start, end in spans:
        if (start - reached).days > 60:
            gaps.append((reached, start))
        reached = max(reached, end)
    assert gaps == []


@pytest.mark.parametrize("code", G20_AND_KOREAS)
@pytest.mark.parametrize("office", ["foreign minister", "defence minister"])
def test_given_a_major_state_then_its_ministers_of_the_last_years_are_known(
    actors: list[dict[str, str]], code: str, office: str
) -> None:
    names = {
        "defence minister": ("defence minister", "defence secretary"),
        "foreign minister": ("foreign minister", "secretary of state", "central foreign affairs"),
    }
    holders = {
        r["canonical_name"]
        for r in actors
        if r["country_code"] == code
        and any(n in r["note"] for n in names[office])
        and _day(r["valid_to"], date.max) >= date(2010, 1, 1)
    }
    assert len(holders) >= 2, holders


# -- what the tagger makes of them --------------------------------------------------------------


def test_given_the_phrases_then_there_are_enough_of_them() -> None:
    phrases = _read(PHRASES)
    assert len(phrases) >= 300
    assert len({(r["phrase"], r["published"]) for r in phrases}) == len(phrases)


def _found(index: ActorIndex, row: dict[str, str]) -> list[str]:
    actors = DocumentActors(index, date.fromisoformat(row["published"]))
    return [f"{m.code}/{m.role}" for m in actors.find(row["phrase"]) if m.code]


def test_given_a_phrase_then_the_seeds_name_the_actors_we_wrote(index: ActorIndex) -> None:
    wrong = [
        (row["published"], row["phrase"], row["expected"], found)
        for row in _read(PHRASES)
        if "|".join(found := _found(index, row)) != row["expected"]
    ]
    assert wrong == []


def test_given_the_blockers_too_then_no_state_is_gained_or_lost() -> None:
    """Blockers may hide a newspaper or an airline, never a government."""
    index = load_actor_index(SEEDS)

    def states(items: list[str]) -> list[str]:
        return [i for i in items if i.partition("/")[2] in STATE_ROLES]

    wrong = [
        (row["published"], row["phrase"], row["expected"], found)
        for row in _read(PHRASES)
        if states(found := _found(index, row)) != states(row["expected"].split("|"))
    ]
    assert wrong == []


def test_given_a_trap_then_it_hides_the_country_inside_it(index: ActorIndex) -> None:
    for row in _read(SEEDS / "actors.csv"):
        if row["kind"] == "civil" and not row["country_code"] and "|" not in row["alias"]:
            found = [m.code for m in index.find(row["alias"], date(2015, 1, 1)) if m.code]
            assert found == [], row
