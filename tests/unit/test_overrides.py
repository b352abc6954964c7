"""Overrides: appended, decided, undone; only what people accepted reaches the warehouse."""

import json

import pytest
from typer.testing import CliRunner

from detente.cli import app
from detente.overrides import OverrideError, decide, flag, read_overrides, sync_overrides
from detente.settings import Settings, get_settings
from detente.warehouse.writer import open_writer


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path, allow_overrides=True)


def test_given_writing_is_off_then_a_flag_is_refused_with_the_setting_named(tmp_path):
    with pytest.raises(OverrideError, match="DETENTE_ALLOW_OVERRIDES"):
        flag(Settings(home=tmp_path), "mention", "m1", "wrong")


def test_given_a_flag_then_it_is_pending_until_decided_and_can_be_undone(settings):
    first = flag(settings, "mention", "m1", "wrong", note="it says 'may', \"quoted\",\nnew line")
    assert [o.state for o in read_overrides(settings)] == ["pending"]
    decide(settings, first.override_id, "accepted", author="reviewer")
    decide(settings, first.override_id, "undone")
    (last,) = read_overrides(settings)
    assert (last.state, last.author, last.note) == ("undone", "reviewer", first.note)
    lines = settings.overrides_path.read_text().count(first.override_id)
    assert lines == 3, "nothing is overwritten"


@pytest.mark.parametrize("field, value", [("verdict", "bad"), ("target_kind", "sentence")])
def test_given_an_unknown_word_then_it_is_refused_by_name(settings, field, value):
    words = {"target_kind": "mention", "verdict": "wrong", field: value}
    with pytest.raises(OverrideError, match=field):
        flag(settings, words["target_kind"], "m1", words["verdict"])


@pytest.mark.parametrize(
    "kind, verdict, replacement, problem",
    [
        ("event", "retype", "CONSULT/visit", "applies to mentions"),
        ("event", "merge", "e2", "verdict is 'merge'"),
        ("mention", "redate", "next week", "a day is written"),
        ("mention", "restatus", "true", "a status is one of"),
        ("mention", "retype", "visit", "a type is written"),
    ],
)
def test_given_what_the_build_would_pass_over_then_it_is_refused(
    settings, kind, verdict, replacement, problem
):
    with pytest.raises(OverrideError, match=problem):
        flag(settings, kind, "x1", verdict, replacement=replacement)
    assert read_overrides(settings) == []


def test_given_an_unknown_id_then_deciding_says_so(settings):
    with pytest.raises(OverrideError, match="no override"):
        decide(settings, "nope", "accepted")


def test_given_the_file_then_the_warehouse_holds_the_newest_row_of_each(settings):
    one = flag(settings, "mention", "m1", "wrong")
    flag(settings, "event", "e1", "wrong")
    decide(settings, one.override_id, "accepted")
    with open_writer(settings) as con:
        for _ in range(2):
            assert sync_overrides(con, settings) == 2
        assert con.execute(
            "select target_id, state from raw.overrides order by target_id"
        ).fetchall() == [("e1", "pending"), ("m1", "accepted")]


def test_given_a_broken_file_then_the_line_is_named(settings):
    settings.overrides_path.parent.mkdir(parents=True)
    settings.overrides_path.write_text("override_id,target_kind\nx,mention\n")
    with pytest.raises(OverrideError, match=r"line 2: column 'target_id' is missing"):
        read_overrides(settings)


def command(*words: str):
    get_settings.cache_clear()
    return CliRunner().invoke(app, ["overrides", *words])


def test_given_the_command_line_then_a_flag_is_listed_accepted_and_undone(tmp_path, monkeypatch):
    monkeypatch.setenv("DETENTE_HOME", str(tmp_path))
    monkeypatch.setenv("DETENTE_ALLOW_OVERRIDES", "true")
    made = command("flag", "event", "e1", "--note", "of another year").output.strip()
    for decision in ("accepted", "undone"):
        assert f"{made} is {decision}" in command("decide", made, decision, "--author", "r").output
    (row,) = json.loads(command("list", "--json").output)
    assert (row["override_id"], row["state"], row["author"]) == (made, "undone", "r")


def test_given_the_command_line_without_leave_to_write_then_it_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("DETENTE_HOME", str(tmp_path))
    monkeypatch.delenv("DETENTE_ALLOW_OVERRIDES", raising=False)
    refused = command("flag", "event", "e1")
    assert isinstance(refused.exception, OverrideError)
    assert not Settings(home=tmp_path).overrides_path.exists()
