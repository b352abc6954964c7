"""Models keep to the SQL that DuckDB and Spark share; differences live in macros/dialect.sql."""

import re
from types import SimpleNamespace

import jinja2
import pytest

from detente.settings import Settings

pytestmark = pytest.mark.xdist_group("dbt")

# What Spark 4 has not, or reads otherwise.
DUCKDB_ONLY = {
    "string_agg": r"\bstring_agg\s*\(",
    "strftime": r"\bstrftime\s*\(",
    "unnest": r"\bunnest\s*\(",
    "qualify": r"\bqualify\b",
    "select * exclude/replace": r"\*\s*(exclude|replace)\b",
    "arg_max, arg_min": r"\barg_(max|min)\s*\(",
    "quantile_cont": r"\bquantile_(cont|disc)\s*\(",
    "list functions": r"\blist_\w+\s*\(",
    "struct_pack": r"\bstruct_pack\s*\(",
    "json arrows": r"->>?",
    "double colon cast": r"::",
    "lambda": r"\blambda\b",
    "list literal": r"\[[^\]]*\]",
    "integer division": r"//",
    "date_diff with a part": r"\bdate_diff\s*\(",
    "interval": r"\binterval\b",
    "range as a table": r"\b(from|join)\s+range\s*\(",
    "generate_series": r"\bgenerate_series\s*\(",
    "time_bucket": r"\btime_bucket\s*\(",
    "asof join": r"\basof\b",
    "ilike any, glob": r"\bglob\b",
    "from first": r"^\s*from\s+\S+\s*$\s*(?!\S)",
    "any type of epoch": r"\bepoch\w*\s*\(",
    "power by caret": r"\^",
}
DIALECT = re.compile(r"/\* dialect \*/.*?/\* end \*/", re.DOTALL)
NOISE = re.compile(r"--[^\n]*|'(?:[^']|'')*'|/\*.*?\*/", re.DOTALL)


def portable_part(sql: str) -> str:
    """Take away what the dialect macros put in, then comments and literals."""
    return NOISE.sub("''", DIALECT.sub(" x ", sql)).lower()


def test_given_the_rules_then_they_catch_what_they_are_for():
    found = {
        name for name, pattern in DUCKDB_ONLY.items()
        if re.search(pattern, portable_part(
            "select x::int, [1], a->>'b' from t qualify row_number() over () = 1"
            " /* dialect */ unnest(y) /* end */ -- strftime(z)"
        ))
    }  # fmt: skip
    assert found == {"double colon cast", "list literal", "json arrows", "qualify"}


def test_given_any_compiled_model_then_it_holds_no_sql_of_one_engine_only(compiled):
    paths = sorted(compiled.rglob("*.sql"))
    assert len(paths) > 60
    wrong = [
        f"{path.stem}: {name}"
        for path in paths
        for name, pattern in DUCKDB_ONLY.items()
        if re.search(pattern, portable_part(path.read_text(encoding="utf-8")))
    ]
    assert not wrong, "\n".join(wrong)


def test_given_any_ranking_then_nulls_have_a_place(compiled):
    """Engines sort NULL differently: descending orders of windows that may meet one say where."""
    for path in compiled.rglob("*.sql"):
        sql = portable_part(path.read_text(encoding="utf-8"))
        for order in re.findall(r"\b(?:glr|recorded_at) desc(?! nulls last)\b", sql):
            assert path.stem == "fct_pair_shifts", f"{path.stem}: {order}"


def test_given_numbers_and_types_then_spark_is_told_what_duckdb_means():
    """A decimal is cut to six digits by Spark's division; a varchar without a length is an error."""
    macros = (Settings().dbt_dir / "macros" / "dialect.sql").read_text(encoding="utf-8")
    macro = re.search(r"{% macro in_spark_words.*?endmacro %}", macros, re.DOTALL).group()
    template = jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(
        macro + "{{ in_spark_words(sql) }}"
    )
    told = template.render(
        {"modules": SimpleNamespace(re=re), "return": lambda value: value},
        sql="select t / 13.0, cast(x as varchar), cast(y as varchar(3)), '0.5 as varchar', 'it''s 1.5'"
        " -- don't 2.5\nfrom a1.b2 where z > -0.25e1 or v = 1.5e-3 or w < 4.5",
    )
    assert told == (
        "select t / 13.0e0, cast(x as string), cast(y as varchar(3)), '0.5 as varchar', 'it''s 1.5'"
        " -- don't 2.5\nfrom a1.b2 where z > -0.25e1 or v = 1.5e-3 or w < 4.5e0"
    )
