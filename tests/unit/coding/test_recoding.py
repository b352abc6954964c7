"""A new version of the coder codes what is stored; old mentions stay, and the build uses one."""

from pathlib import Path

import pytest

from detente import pipeline
from detente.settings import Settings
from detente.warehouse.writer import open_writer

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
