"""Somebody's own SQL on the snapshot: one SELECT, bounded in rows and in time."""

from __future__ import annotations

import threading

import duckdb
import pandas as pd

from components import warehouse

MAX_ROWS = 5_000
MAX_SECONDS = 10.0
_ALLOWED = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}


class RefusedError(ValueError):
    """The text is no single question; the message says what is allowed."""


def ask(
    path: str, sql: str, max_rows: int = MAX_ROWS, seconds: float = MAX_SECONDS
) -> pd.DataFrame:
    """Answer one SELECT on the snapshot.

    Raises:
        RefusedError: it is no single SELECT, is wrong, or ran too long.
    """
    with warehouse.cursor(path) as con:
        timer = threading.Timer(seconds, con.interrupt)
        try:
            statements = con.extract_statements(sql)
            if len(statements) != 1 or statements[0].type not in _ALLOWED:
                raise RefusedError("One SELECT at a time: nothing here can be changed.")
            timer.start()
            con.execute(statements[0])
            names = [d[0] for d in con.description or ()]
            found = con.fetchmany(max_rows)
        except duckdb.InterruptException:
            raise RefusedError(f"It ran longer than {seconds:.0f} s and was stopped.") from None
        except duckdb.Error as error:
            raise RefusedError(str(error)) from None
        finally:
            timer.cancel()
    unique = [n if names.index(n) == i else f"{n}_{i}" for i, n in enumerate(names)]
    return pd.DataFrame(found, columns=unique)
