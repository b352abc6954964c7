"""A new version of the coder codes what is stored; old mentions stay, and the build uses one."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from detente import pipeline
from detente.ingest.store import path_of
from detente.settings import Settings
from detente.warehouse.fingerprint import build_coder_version, coder_backlog
from detente.warehouse.writer import migrate, open_writer

TEXT = "Japan's envoy Foobar condemned China on Tuesday. The Foobar of Kyoto condemned Russia."
OVERLAY = (
    "alias,country_code,role,kind,canonical_name,valid_from,valid_to,note\n"
    "Foobar,KEN,government,person,Foo Bar,,,\n"
)


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", workers=1)
    folder = tmp_path / "news"
    folder.mkdir()
    texts = {"a": TEXT, "b": "Kenya expelled two Somali diplomats on Tuesday.",
             "c": "Deutschland verurteilt Russland. Es geht um den Krieg in der Ukraine, sagte der "
                  "Minister am Dienstag vor Journalisten in Berlin."}  # fmt: skip
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(f"Title {name}\n\n{text}\n")
    pipeline.ingest_targets([str(folder)], settings=settings)
    return settings


def _ask(settings: Settings, query: str) -> list[tuple]:
    with open_writer(settings) as con:
        return con.execute(query).fetchall()


VERSIONS = (
    "select coder_version, count(*) from ops.coded_revisions group by 1 order by min(coded_at)"
)
MENTIONS = (
    "select coder_version, list(mention_id order by mention_id) from raw.event_mentions group by 1"
)


def test_given_a_new_version_then_all_is_coded_again_and_the_build_uses_it_alone(home: Settings):
    first = pipeline.code(settings=home)
    assert pipeline.code(settings=home)["document_count"] == 0
    old = dict(_ask(home, MENTIONS))[first["coder_version"]]
    home.config_dir.mkdir(parents=True, exist_ok=True)
    (home.config_dir / "actors.csv").write_text(OVERLAY)
    from detente.coding.coder import _load

    _load.cache_clear()  # a user's next command is another process
    try:
        second = pipeline.code_to_spool(settings=home)
        assert second["coder_version"] != first["coder_version"]
        assert pipeline.load_spool(settings=home) == 1
    finally:
        _load.cache_clear()
    assert dict(_ask(home, VERSIONS)) == {first["coder_version"]: 3, second["coder_version"]: 3}
    assert dict(_ask(home, MENTIONS))[first["coder_version"]] == old
    pipeline.build(settings=home)
    used = _ask(home, "select distinct coder_version from staging.stg_news__event_mentions")
    assert used == [(second["coder_version"],)]
    shown = _ask(home, "select coder_version, is_current, other_languages"
                       " from marts.fct_coding_coverage order by is_current")  # fmt: skip
    assert shown == [
        (first["coder_version"], False, "de 1"), (second["coder_version"], True, "de 1"),
    ]  # fmt: skip


def test_given_recode_then_the_same_version_codes_again_and_comes_to_the_same(home: Settings):
    first = pipeline.code(settings=home)
    before = _ask(home, MENTIONS), _ask(home, "select min(coded_at) from ops.coded_revisions")
    again = pipeline.code(settings=home, recode=True)
    assert again["document_count"] == first["document_count"] == 3
    assert _ask(home, MENTIONS) == before[0]
    assert _ask(home, "select min(coded_at) from ops.coded_revisions") > before[1]


def test_given_a_text_in_german_then_its_countries_are_counted_and_it_is_an_outcome(home: Settings):
    assert pipeline.code(settings=home)["outcomes"]["not_english"] == 1
    countries = _ask(home, "select country_code from raw.document_countries"
                           " where revision_id in (select revision_id from ops.coded_revisions"
                           " where outcome = 'not_english') order by 1")  # fmt: skip
    assert {c for (c,) in countries} == {"DEU", "RUS", "UKR"}


def _as_a_newer_coder(settings: Settings, text: str = OVERLAY) -> None:
    from detente.coding.coder import _load

    settings.config_dir.mkdir(parents=True, exist_ok=True)
    (settings.config_dir / "actors.csv").write_text(text)
    _load.cache_clear()  # a user's next command is another process


USED = (
    "select r.title, m.coder_version from staging.stg_news__event_mentions as m"
    " inner join raw.document_revisions as r on m.revision_id = r.revision_id group by all"
)


def test_given_a_new_version_under_way_then_no_document_is_missing_from_a_build(
    home: Settings, tmp_path: Path
):
    old = pipeline.code(settings=home)["coder_version"]
    try:
        _as_a_newer_coder(home)
        new = pipeline.code(settings=home, limit=1)["coder_version"]
        pipeline.build(settings=home)
        assert {v for _, v in _ask(home, USED)} == {old}
        assert {t for t, _ in _ask(home, USED)} == {"Title a", "Title b"}

        # what arrives meanwhile is read by the new version alone, and counts
        (tmp_path / "d.txt").write_text("Title d\n\nPoland expelled two Russian diplomats.\n")
        pipeline.ingest_targets([str(tmp_path / "d.txt")], settings=home)
        with open_writer(home) as con:  # as if it came first in the list of work
            con.execute(
                "update raw.document_revisions set known_at = '1990-01-01' where title = 'Title d'"
            )
        pipeline.code(settings=home, limit=1)
        pipeline.build(settings=home)
        assert dict(_ask(home, USED)) == {"Title a": old, "Title b": old, "Title d": new}
        with open_writer(home) as con:
            assert coder_backlog(con, home) == (new, 2)

        pipeline.code(settings=home)
        with open_writer(home) as con:
            assert coder_backlog(con, home) is None
        pipeline.build(settings=home)
        assert {v for _, v in _ask(home, USED)} == {new}
    finally:
        (home.config_dir / "actors.csv").unlink()
        from detente.coding.coder import _load

        _load.cache_clear()


def test_given_texts_that_are_no_longer_kept_then_their_old_readings_stay(home: Settings):
    from detente.coding.coder import _load

    old = pipeline.code(settings=home)["coder_version"]
    (digest,) = _ask(home, "select text_sha256 from raw.document_revisions where title = 'Title b'")
    path_of(home.text_dir, digest[0]).unlink()
    before = _ask(home, MENTIONS)
    pipeline.code(settings=home, recode=True)
    assert _ask(home, MENTIONS) == before
    try:
        _as_a_newer_coder(home)
        done = pipeline.code(settings=home)
        assert done["outcomes"]["text_gone"] == 1
        assert pipeline.code(settings=home)["document_count"] == 0
        pipeline.build(settings=home)
        assert dict(_ask(home, USED)) == {"Title a": done["coder_version"], "Title b": old}
    finally:
        (home.config_dir / "actors.csv").unlink()
        _load.cache_clear()


@pytest.mark.parametrize(
    ("readings", "used"),
    [
        ({}, None),
        ({"1": "ab"}, "1"),
        ({"1": "abc", "2": "ab"}, "1"),  # under way
        ({"1": "ab", "2": "abc"}, "2"),  # through, and read a new one
        ({"1": "abc", "2": "a", "3": "ab"}, "1"),  # one given up, the next under way
        ({"1": "abc", "2": "a", "3": "abc"}, "3"),
        ({"1": "a", "2": "bcd"}, "1"),
    ],
)
def test_given_readings_by_version_then_the_build_uses_the_newest_that_is_through(readings, used):
    with duckdb.connect() as con:
        migrate(con)
        for minute, (version, revisions) in enumerate(readings.items()):
            for revision in revisions:
                con.execute(
                    "insert into ops.coded_revisions values"
                    " (?, 'rules', ?, 'coded', 1, 1, 0, null, ?)",
                    [revision, version, datetime(2026, 1, 1, 0, minute)],
                )
        assert build_coder_version(con, Settings()) == used
