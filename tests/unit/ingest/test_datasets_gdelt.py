"""GDELT: its layouts, its duplicates, its lists; every line is a report or an outcome row."""

import gzip
import hashlib
import io
import zipfile
from datetime import date, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.ingest.datasets import import_dataset, locate
from detente.ingest.sources import SourceError
from detente.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared" / "data"
START = datetime(2019, 10, 24, 14, 30)


def line(
    number, *, columns=61, day="20191024", added=None, url="http://www.a.org/1", root=1, code="042",
    actor_1="USAGOV", name_1="SENATE", country_1="USA", types_1=("GOV",),
    actor_2="PRK", name_2="NORTH KOREA", country_2="PRK", types_2=(), goldstein="1.9",
):  # fmt: skip
    cells = [""] * columns
    cells[0], cells[1] = str(number), day
    cells[5], cells[6], cells[7] = actor_1, name_1, country_1
    cells[15], cells[16], cells[17] = actor_2, name_2, country_2
    cells[12 : 12 + len(types_1)] = types_1
    cells[22 : 22 + len(types_2)] = types_2
    cells[25], cells[26], cells[30] = str(root), code, goldstein
    if columns == 61:
        cells[59], cells[60] = added or START.strftime("%Y%m%d%H%M%S"), url
    else:
        cells[56] = added or day
        cells[57:] = [url] if columns == 58 else []
    return "\t".join(cells)


def write(path, lines):
    path.write_text("".join(f"{text}\n" for text in lines), encoding="utf-8")
    return str(path)


def stamp(minutes):
    return (START + timedelta(minutes=minutes)).strftime("%Y%m%d%H%M%S")


def stored(settings, columns, where="true"):
    with duckdb.connect(str(settings.build_path), read_only=True) as con:
        return con.execute(
            f"select {columns} from raw.dataset_events where {where}"
            " order by cast(report_id as bigint)"
        ).fetchall()


def attempts(settings, columns="subject, outcome"):
    with duckdb.connect(str(settings.build_path), read_only=True) as con:
        return con.execute(f"select {columns} from ops.ingest_attempts order by all").fetchall()


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home", allow_private_addresses=True)


@pytest.fixture
def served(tmp_path):
    """A folder and the address it is served at; the server counts what is asked for."""
    folder = tmp_path / "served"
    folder.mkdir()
    asked = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def zipped(folder, name, lines):
    """Write a zip as GDELT does; return its name and md5."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name.removesuffix(".zip"), "".join(f"{text}\n" for text in lines))
    (folder / name).write_bytes(data.getvalue())
    return name, hashlib.md5(data.getvalue()).hexdigest()


def test_given_61_columns_then_states_roles_code_and_address_are_kept(settings, tmp_path):
    path = write(
        tmp_path / "20191024143000.export.CSV",
        [
            line(1, name_2="KIM JONG-UN", types_2=("ELI", "GOV")),
            line(2, actor_1="ROM", country_1="ROM", types_1=(), url="https://b.org/x?y=1"),
            line(3, types_1=("XXX", "MIL"), root=0, goldstein=""),
        ],
    )
    import_dataset("gdelt", [path], settings)
    assert stored(
        settings,
        "report_id, source_code, target_code, source_role, target_role, cameo_code, goldstein,"
        " event_date, origin, url, is_root, known_at",
    ) == [
        ("1", "USA", "PRK", "government", "state_leader", "042", 1.9, date(2019, 10, 24),
         "www.a.org", "http://www.a.org/1", True, START),
        ("2", "ROU", "PRK", "state", "state", "042", 1.9, date(2019, 10, 24), "b.org",
         "https://b.org/x?y=1", True, START),
        ("3", "USA", "PRK", "military", "state", "042", None, date(2019, 10, 24),
         "www.a.org", "http://www.a.org/1", False, START),
    ]  # fmt: skip


def test_given_a_daily_file_that_mixes_57_and_58_columns_then_both_are_read(settings, tmp_path):
    lines = [line(n, columns=57 + n % 2, day="20130401") for n in range(1, 8)]
    summary = import_dataset("gdelt", [write(tmp_path / "20130401.export.CSV", lines)], settings)
    assert (summary.rows_new, summary.rows_bad) == (7, 0)
    found = stored(settings, "report_id, url, known_at")
    assert found[0] == ("1", "http://www.a.org/1", datetime(2013, 4, 2))
    assert found[1] == ("2", None, datetime(2013, 4, 2))


def test_given_lines_that_cannot_be_read_then_each_is_an_outcome_with_file_and_line(
    settings, tmp_path
):
    lines = [
        line(1), line(2, day="20191399"), line(3).replace("USA", '"US\\A'), "torn", line("x"),
        line(4) + "\tmore", line(5, day=""), line(6, goldstein="much"), line(7),
    ]  # fmt: skip
    path = tmp_path / "20191024143000.export.CSV"
    path.write_bytes("\n".join(lines).encode() + b"\n" + line(8, url="h\0").encode() + b"\xff\n")
    summary = import_dataset("gdelt", [str(path)], settings)
    bad = [s for s, o in attempts(settings) if o == "bad_row"]
    assert [int(s.rsplit(":", 1)[1]) for s in bad] == [2, 4, 5, 6, 7, 8]
    assert summary.rows_bad == 6
    assert stored(settings, "report_id, url")[1:] == [
        ("3", "http://www.a.org/1"), ("7", "http://www.a.org/1"), ("8", "h\0\ufffd")
    ]  # fmt: skip


def test_given_lines_without_the_time_of_their_addition_then_each_is_an_outcome(settings, tmp_path):
    """DuckDB's reader takes them for rows; the whole batch was refused for want of a time."""
    lines = [line(1), line(2), line(3, day=""), line(4), "torn"]
    for place in (1, 2):
        cells = lines[place].split("\t")
        cells[59] = ""
        lines[place] = "\t".join(cells)
    summary = import_dataset("gdelt", [write(tmp_path / "a.csv", lines)], settings)
    assert (summary.rows_new, summary.rows_bad) == (2, 3)
    bad = [(s, m) for s, o, m in attempts(settings, "subject, outcome, message") if o == "bad_row"]
    assert bad[0] == ("a.csv:2", "no time of its addition")
    assert [s for s, _ in bad] == ["a.csv:2", "a.csv:3", "a.csv:5"]


def test_given_one_id_in_two_files_then_the_first_file_is_believed(tmp_path):
    kept = []
    for number in range(3):
        settings = Settings(home=tmp_path / f"home{number}")
        folder = tmp_path / f"files{number}"
        folder.mkdir()
        for name, goldstein in (("a.csv", "1"), ("b.csv", "2"), ("c.csv", "3")):
            write(folder / name, [line(n, goldstein=goldstein) for n in range(1, 4000)])
        import_dataset("gdelt", [str(folder)], settings)
        kept.append(set(stored(settings, "goldstein, file_name")))
    assert kept == [{(1.0, "a.csv")}] * 3


def test_given_actors_of_no_state_then_they_are_counted_by_code(settings, tmp_path):
    lines = [line(1, country_1="AFR"), line(2, country_2="EUR"), line(3, country_2="EUR")]
    import_dataset("gdelt", [write(tmp_path / "a.csv", lines)], settings)
    found = attempts(settings, "outcome, message, item_count")
    assert ("unmapped", "actors of no state: EUR 2, AFR 1", 3) in found


def test_given_re_emissions_then_they_are_marked_within_ninety_minutes_in_any_order(tmp_path):
    """Same address, actors, code and day: a chain of updates, whichever file comes first."""
    files = [
        [line(1, added=stamp(0)), line(2, added=stamp(0)), line(3, added=stamp(0), code="043")],
        [line(4, added=stamp(15)), line(5, added=stamp(15), url="http://b.org")],
        [line(6, added=stamp(100)), line(7, added=stamp(100), day="20191023")],
        [line(8, added=stamp(300))],
    ]
    expected = [("2", "1"), ("4", "1"), ("6", "4")]
    for number, order in enumerate(([0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2])):
        settings = Settings(home=tmp_path / f"home{number}")
        for i in order:
            path = write(tmp_path / f"{stamp(i)}.export.CSV", files[i])
            import_dataset("gdelt", [path], settings)
        found = stored(settings, "report_id, duplicate_of", "duplicate_of is not null")
        assert found == expected, order
        assert len(stored(settings, "report_id")) == 8


def test_given_the_same_reports_again_then_nothing_changes(settings, tmp_path):
    lines = [line(n) for n in range(1, 30)]
    first = write(tmp_path / "20191024143000.export.CSV", lines + lines[:3])
    assert import_dataset("gdelt", [first], settings).rows_new == 29
    before = stored(settings, "*")
    other = write(tmp_path / "20191024144500.export.CSV", lines)
    assert import_dataset("gdelt", [other, first], settings).rows_new == 0
    assert stored(settings, "*") == before


def test_given_another_table_then_it_is_refused_and_the_rest_is_read(settings, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    write(folder / "20191024143000.export.CSV", [line(1)])
    write(folder / "wrong.csv", ["a\tb"])
    write(folder / "20191024143000.mentions.CSV", ["a\tb"])
    (folder / "20191024144500.export.CSV.zip").write_bytes(b"PK\x03\x04 torn")
    (folder / "20191024150000.export.CSV.gz").write_bytes(gzip.compress(f"{line(2)}\n".encode()))
    summary = import_dataset("gdelt", [str(folder)], settings)
    assert (summary.files_read, summary.rows_new, summary.ok) == (2, 2, True)
    assert summary.outcomes == {"ok": 2, "unsupported": 1, "bad_archive": 1}


def test_given_lastupdate_then_the_file_is_fetched_once_and_its_md5_compared(settings, served):
    folder, address, asked = served
    name, md5 = zipped(folder, "20191024143000.export.CSV.zip", [line(1), line(2, code="043")])
    (folder / "lastupdate.txt").write_text(
        f"10 {md5} {address}/{name}\n10 {md5} {address}/20191024143000.mentions.CSV.zip\n"
    )
    target = f"{address}/lastupdate.txt"
    assert import_dataset("gdelt", [target], settings).rows_new == 2
    again = import_dataset("gdelt", [target], settings)
    assert (again.files_known, again.outcomes) == (1, {"unchanged": 1})
    assert asked == ["/lastupdate.txt", f"/{name}", "/lastupdate.txt"]
    zipped(folder, name, [line(3)])  # half written: the list still tells the old sum
    (folder / "lastupdate.txt").write_text(f"10 {'0' * 32} {address}/{name}\n")
    assert import_dataset("gdelt", [target], settings).outcomes == {"bad_checksum": 1}
    assert len(stored(settings, "report_id")) == 2


def test_given_a_backfill_that_lost_files_then_the_next_run_brings_them(settings, served):
    folder, address, asked = served
    entries = []
    for day in range(1, 6):
        name, md5 = zipped(folder, f"201901{day:02}000000.export.CSV.zip", [line(day)])
        entries.append(f"1 {md5} {address}/{name}")
    (folder / "masterfilelist.txt").write_text("\n".join(entries))
    (folder / "20190103000000.export.CSV.zip").rename(folder / "away")
    days = {"first": date(2019, 1, 2), "last": date(2019, 1, 4)}
    target = f"{address}/masterfilelist.txt"
    first = import_dataset("gdelt", [target], settings, **days)
    assert (first.rows_new, first.outcomes.get("not_found"), first.ok) == (2, 1, True)
    (folder / "away").rename(folder / "20190103000000.export.CSV.zip")
    asked.clear()
    assert import_dataset("gdelt", [target], settings, **days).rows_new == 1
    assert asked == ["/masterfilelist.txt", "/20190103000000.export.CSV.zip"]
    assert [r for (r,) in stored(settings, "report_id")] == ["2", "3", "4"]


def test_given_a_server_that_is_away_then_the_import_says_so(settings):
    summary = import_dataset("gdelt", ["http://127.0.0.1:9/lastupdate.txt"], settings)
    assert not summary.ok and summary.outcomes == {"connection": 1}


def test_given_a_wrong_call_then_the_error_says_what_is_wrong(settings):
    with pytest.raises(SourceError, match="gdelt, icews"):
        import_dataset("acled", ["x"], settings)
    with pytest.raises(SourceError, match="no public address"):
        import_dataset("icews", [], settings)


@given(st.dates(date(1979, 1, 1), date(2030, 1, 1)), st.sampled_from(["%Y%m%d%H%M%S", "%Y%m%d",
       "%Y%m", "%Y"]))  # fmt: skip
def test_given_any_day_in_a_name_then_its_period_holds_the_day(day, form):
    period = locate.period_of(f"{datetime.combine(day, datetime.min.time()):{form}}.export.CSV")
    assert period is not None and period[0] <= day <= period[1]


def test_given_names_without_a_date_then_they_are_never_left_out():
    found = [locate.Found("events.csv", "x"), locate.Found("20190102.export.CSV.zip", "x")]
    assert [f.name for f in locate.within(found, date(2020, 1, 1), None)] == ["events.csv"]


@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is not there")
def test_given_real_files_then_every_line_is_a_report(settings):
    new = SHARED / "events/20191024143000.export.CSV"
    old = SHARED / "fixtures/gdelt/gdelt_events_sample_reed9999.csv"
    summary = import_dataset("gdelt", [str(new), str(old)], settings)
    assert (summary.rows_new, summary.rows_bad) == (2111 + 710, 0)
    assert len(stored(settings, "1", "duplicate_of is not null")) == 463
    with gzip.open(SHARED / "fixtures/gdelt/masterfilelist_201509.txt.gz", "rt") as listed:
        entries = list(locate.parse_list(listed.read(), locate.MASTER_LIST))
    assert len(entries) > 2_800 and all(e.name.endswith(".export.CSV.zip") for e in entries)
