"""ICEWS: what the marts count equals plain SQL over the raw file; nothing is lost on the way."""

import csv
import zipfile
from pathlib import Path

import duckdb
import pytest

from detente.ingest.datasets import import_dataset
from detente.settings import Settings
from detente.transform import run_build

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared" / "data" / "events"
RAW = SHARED / "icews_raw_2018-10_2018-12.parquet"
ACTORS = SHARED / "actor_country.csv"

COLUMNS = (
    "Event ID,Event Date,Source Name,Source Sectors,Source Country,Event Text,CAMEO Code,Intensity,"
    "Target Name,Target Sectors,Target Country,Story ID,Sentence Number,Publisher,City,District,"
    "Province,Country,Latitude,Longitude"
).split(",")

# The countries that the file's map calls by another name than ISO's short one or a code, written
# down here by hand: the test must not ask the seeds that it tests.
OTHER_NAMES = {
    "Antigua and Barbuda": "ATG", "Bolivia": "BOL", "Bosnia and Herzegovina": "BIH",
    "Brunei": "BRN", "Cape Verde": "CPV", "Congo": "COG", "Cook Island": "COK",
    "Cote d'Ivoire": "CIV", "Czech Republic": "CZE", "Democratic Republic of Congo": "COD",
    "Falkland Islands": "FLK", "Holy See": "VAT", "Hong Kong": "HKG", "Iran": "IRN",
    "Kosovo": "XKX", "Kyrgyzstan": "KGZ", "Laos": "LAO", "Macao": "MAC", "Micronesia": "FSM",
    "Moldova, Republic of": "MDA", "North Korea": "PRK", "Occupied Palestinian Territory": "PSE",
    "Germany": "DEU", "Yemen": "YEM", "Russian Federation": "RUS", "Saint Helena": "SHN",
    "Saint Kitts and Nevis": "KNA", "Saint Lucia": "LCA",
    "Saint Vincent and the Grenadines": "VCT", "Sao Tome and Principe": "STP",
    "Trinidad and Tobago": "TTO", "South Korea": "KOR",
    "Swaziland": "SWZ", "Syria": "SYR", "Taiwan": "TWN", "Tanzania": "TZA", "Turkey": "TUR",
    "U.S. Virgin Islands": "VIR", "United Kingdom": "GBR", "United States": "USA",
    "Venezuela": "VEN", "Vietnam": "VNM",
    "the former Yugoslav Republic of Macedonia": "MKD", "Myanmar": "MMR",
    "KSV": "XKX", "SUN": "RUS", "DDR": "DEU", "TMP": "TLS",
}  # fmt: skip


def event(number, **values):
    row = dict.fromkeys(COLUMNS, "")
    row |= {
        "Event ID": str(number), "Event Date": "2018-10-01", "Source Name": "Police (Chad)",
        "Source Sectors": "Government,Police", "Source Country": "Chad", "Event Text": "Consult",
        "CAMEO Code": "040", "Intensity": "1.0", "Target Name": "Niger", "Target Country": "Niger",
        "Story ID": "7", "Publisher": "Somebody",
    }  # fmt: skip
    return row | {name.replace("_", " "): str(value) for name, value in values.items()}


def write(path, rows, quote=""):
    lines = [COLUMNS, *([row[c] for c in COLUMNS] for row in rows)]
    text = "\n".join("\t".join(f"{quote}{cell}{quote}" for cell in line) for line in lines)
    path.write_text(text + "\n", encoding="utf-8")
    return str(path)


def stored(settings, columns="*", where="true"):
    with duckdb.connect(str(settings.build_path), read_only=True) as con:
        return con.execute(
            f"select {columns} from raw.dataset_events where {where} order by report_id"
        ).fetchall()


def attempts(settings, outcome):
    with duckdb.connect(str(settings.build_path), read_only=True) as con:
        return con.execute(
            "select subject, message, item_count from ops.ingest_attempts where outcome = ?"
            " order by subject",
            [outcome],
        ).fetchall()


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


def test_given_a_tab_file_then_states_roles_and_intensity_are_kept(settings, tmp_path):
    rows = [
        event(1),
        event(2, Source_Name="Xi Jinping", Source_Country="China", Source_Sectors="Elite"),
        event(3, Source_Name="Head of Government (Chad)", Source_Sectors="Executive Office"),
        event(4, Target_Name="Soldier (Niger)", Target_Sectors="Government,Military"),
    ]
    summary = import_dataset("icews", [write(tmp_path / "a.tab", rows)], settings)
    assert (summary.rows_new, summary.rows_bad, summary.actors_unmapped) == (4, 0, 0)
    assert stored(settings, "source_code, target_code, source_role, target_role, goldstein") == [
        ("TCD", "NER", "government", "state", 1.0),
        ("CHN", "NER", "state_leader", "state", 1.0),
        ("TCD", "NER", "head_of_government", "state", 1.0),
        ("TCD", "NER", "government", "military", 1.0),
    ]


def test_given_lines_that_cannot_be_read_then_each_is_a_row_with_its_file_and_line(
    settings, tmp_path
):
    path = tmp_path / "events.tsv"
    write(path, [event(1), event("x"), event(3, Event_Date="soon"), event(4, Intensity="much")])
    with path.open("a", encoding="utf-8") as out:
        out.write("torn\tline\n")
    summary = import_dataset("icews", [str(path)], settings)
    assert (summary.rows_new, summary.rows_bad) == (1, 4)
    assert [subject for subject, _, _ in attempts(settings, "bad_row")] == [
        f"events.tsv:{n}" for n in (3, 4, 5, 6)
    ]


def test_given_actors_of_no_state_then_they_are_kept_and_counted_by_name(settings, tmp_path):
    rows = [event(1, Source_Country="", Source_Name="NATO"), event(2, Target_Country="Ruritania")]
    summary = import_dataset("icews", [write(tmp_path / "e.tab", rows)], settings)
    assert summary.rows_new == 2 and summary.actors_unmapped == 2
    assert attempts(settings, "unmapped") == [
        ("e.tab", "actors of no state: NATO 1, Ruritania 1", 2)
    ]
    assert stored(settings, "source_code, target_code") == [(None, "NER"), ("TCD", None)]


def test_given_codes_that_lost_their_zero_then_the_event_text_restores_them(settings, tmp_path):
    rows = [
        event(1, Event_Text="Make statement", CAMEO_Code="10"),
        event(2, Event_Text="Demand", CAMEO_Code="10"),
        event(3, Event_Text="Demand", CAMEO_Code="100"),
    ]
    import_dataset("icews", [write(tmp_path / "e.tab", rows)], settings)
    assert stored(settings, "cameo_code") == [("010",), ("10",), ("100",)]


def test_given_zip_quoted_text_and_repeats_then_every_report_is_there_once(settings, tmp_path):
    rows = [event(n) for n in range(1, 6)]
    write(tmp_path / "inside.tab", rows)
    with zipfile.ZipFile(tmp_path / "events.zip", "w") as archive:
        archive.write(tmp_path / "inside.tab", "../inside.tab")
    write(tmp_path / "quoted.tab", [*rows[2:], event(9)], quote='"')
    targets = [str(tmp_path / "events.zip"), str(tmp_path / "quoted.tab")]
    assert import_dataset("icews", targets, settings).rows_new == 6
    again = import_dataset("icews", targets, settings)
    assert (again.files_known, again.files_read, again.rows_new) == (2, 0, 0)
    renamed = tmp_path / "other-name.tab"
    renamed.write_bytes((tmp_path / "quoted.tab").read_bytes())
    assert import_dataset("icews", [str(renamed)], settings).rows_new == 0
    assert len(stored(settings)) == 6


def test_given_a_map_of_actors_then_it_replaces_the_files_own_countries(settings, tmp_path):
    actor_map = tmp_path / "map.csv"
    actor_map.write_text("actor,country\nPolice (Chad),South Korea\n", encoding="utf-8")
    path = write(tmp_path / "e.tab", [event(1)])
    import_dataset("icews", [path], settings, actor_map=actor_map)
    assert stored(settings, "source_code, target_code") == [("KOR", None)]


def test_given_another_table_then_the_file_is_refused_with_what_it_lacks(settings, tmp_path):
    (tmp_path / "e.tab").write_text("a\tb\n1\t2\n", encoding="utf-8")
    summary = import_dataset("icews", [str(tmp_path / "e.tab")], settings)
    assert not summary.ok and summary.outcomes == {"unsupported": 1}
    assert "Event ID" in attempts(settings, "unsupported")[0][1]


@pytest.mark.skipif(not RAW.exists(), reason=f"{RAW} is not there (evaluation only)")
def test_given_three_months_of_icews_then_fct_pair_days_equals_plain_sql(settings):
    """Monthly reports, intensity (mean and sum) and quad counts per pair: no difference."""
    import_dataset("icews", [str(RAW)], settings, actor_map=ACTORS)
    result = run_build(settings)
    assert result.ok, result.failures
    mapped = {row["actor"]: row["country"] for row in csv.DictReader(ACTORS.open(encoding="utf-8"))}
    with duckdb.connect(str(settings.build_path), read_only=True) as con:
        names = _iso_codes(set(mapped.values()))
        con.execute("create temp table iso (country varchar, code varchar)")
        con.executemany("insert into iso values (?, ?)", list(names.items()))
        expected = con.execute(_PLAIN, [str(ACTORS), str(ACTORS), str(RAW)]).fetchall()
        found = con.execute(_MART).fetchall()
    assert len(expected) > 8_000 and sum(row[3] for row in expected) > 60_000
    assert found == expected


def _iso_codes(countries):
    """Name to ISO alpha-3, from babel's territory names and the hand-written rest."""
    from babel import Locale
    from babel.core import get_global

    alpha3 = {}
    for alias, targets in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(targets) == 1:
            alpha3.setdefault(targets[0], alias)
    by_name = {
        str(name): alpha3[code] for code, name in Locale("en").territories.items() if code in alpha3
    }
    return {
        c: OTHER_NAMES.get(c) or by_name.get(c) or (c if len(c) == 3 else None) for c in countries
    }


_PLAIN = """
    with events as (
        select
            s.code as a, t.code as b, left("Event Date", 7) as month,
            cast("Intensity" as double) as intensity, left("CAMEO Code", 2) as root
        from read_csv(?, all_varchar = true) as sm, read_csv(?, all_varchar = true) as tm,
            read_parquet(?) as e, iso as s, iso as t
        where
            e."Source Name" = sm.actor and e."Target Name" = tm.actor
            and sm.country = s.country and tm.country = t.country and s.code <> t.code
    )
    select
        a, b, month, count(*), round(sum(intensity), 6), round(avg(intensity), 6),
        count_if(root in ('01', '02', '03', '04', '05')), count_if(root in ('06', '07', '08')),
        count_if(root in ('09', '10', '11', '12', '13')), count_if(root >= '14')
    from events group by all order by all
"""

_MART = """
    select
        source_code, target_code, strftime(event_date, '%Y-%m') as month,
        sum(report_count)::bigint, round(sum(intensity_sum), 6),
        round(sum(intensity_sum) / sum(report_count), 6),
        sum(verbal_cooperation_report_count)::bigint,
        sum(material_cooperation_report_count)::bigint,
        sum(verbal_conflict_report_count)::bigint, sum(material_conflict_report_count)::bigint
    from marts.fct_pair_days where dataset = 'icews' and report_count > 0
    group by all order by all
"""
