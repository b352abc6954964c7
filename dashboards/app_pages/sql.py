"""SQL: ask the published snapshot yourself. Read-only, locked, bounded in rows and in time."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from components import ask, exports, frame, state, text, warehouse
from components.state import View

MAX_CHARS = 20_000
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


@st.cache_data(max_entries=4, show_spinner=False)
def _dictionary(path: str) -> pd.DataFrame:
    with warehouse.cursor(path) as con:
        return con.execute(
            "select c.table_name as mart, c.column_name as column, c.data_type as type,"
            " c.comment as meaning, t.comment as about"
            " from duckdb_columns() as c inner join duckdb_tables() as t"
            " on c.table_oid = t.table_oid and c.database_name = t.database_name"
            " where c.schema_name = 'marts' order by c.table_name, c.column_index"
        ).df()


def _examples() -> dict[str, str]:
    return {
        p.stem.replace("_", " "): p.read_text(encoding="utf-8")
        for p in sorted(EXAMPLES.glob("*.sql"))
    }


def _body(view: View) -> None:
    examples = _examples()
    names = ("", *examples)
    chosen = state.widget(
        "example", state.get("example", "", names),
        lambda **k: st.selectbox("Saved examples", names, format_func=lambda n: n or "none", **k),
        default="",
    )  # fmt: skip
    start = examples.get(chosen) or state.get("query") or next(iter(examples.values()), "select 1")
    with st.form("sql"):
        sql = st.text_area("Query", start, height=190, max_chars=MAX_CHARS, key=f"sql_{chosen}")
        asked = st.form_submit_button("Run")
    text.note(
        f"Tables are in the schema marts; at most {ask.MAX_ROWS:,} rows and {ask.MAX_SECONDS:.0f} seconds; "
        "no files, no network, no settings."
    )
    if asked:
        state.put("query", sql if len(sql) < 1500 else None)
        st.session_state["_sql"] = sql
    if (asked or state.get("query")) and (query := st.session_state.get("_sql") or sql):
        try:
            found = ask.ask(view.path, query)
        except ask.RefusedError as error:
            text.show(f'<pre class="dt-error" role="alert">{text.esc(error)}</pre>')
        else:
            st.dataframe(found, hide_index=True, width="stretch")
            text.note(
                f"{len(found):,} rows"
                + (", cut at the limit" if len(found) == ask.MAX_ROWS else "")
            )
            exports.downloads(found, view, "query")
    text.heading("Data dictionary", "Every mart and column, as documented in the warehouse itself.")
    words = _dictionary(view.path)
    marts = tuple(words["mart"].unique())
    mart = st.selectbox("Mart", marts)
    one = words[words["mart"] == mart]
    text.note(str(one["about"].iloc[0] or ""))
    text.table(
        ("Column", "Type", "Meaning"),
        list(one[["column", "type", "meaning"]].itertuples(index=False, name=None)),
        label=f"Columns of {mart}",
    )


frame.run("SQL", _body, "Ask the published version yourself.")
