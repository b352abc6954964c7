"""Re-estimating the constants of the metrics from a data set, beside those in use.

The build never does this by itself: a constant that moved with every increment would move every
pair. Whoever reads the table changes a var in `dbt_project.yml`, or says why not.
"""

from __future__ import annotations

from typing import Any

import yaml

from detente.output import Result
from detente.reading import Read, choose_dataset, named_query
from detente.settings import Settings
from detente.warehouse.reader import open_snapshot, snapshot_path


def calibrate(settings: Settings, dataset: str | None) -> list[Read]:
    """Estimate constants, mirrored types and the watched shares on both counts.

    Args:
        settings: where the published snapshot is.
        dataset: which data set; None is the one with the newest events.

    Returns:
        Three tables: constants (estimate beside the value in use), mirrored types of an event data
        set, watched shares by reports and by events of record.

    Raises:
        ReadError: there is no such data set.
    """
    project = yaml.safe_load((settings.dbt_dir / "dbt_project.yml").read_text(encoding="utf-8"))
    in_use: dict[str, Any] = project["vars"]
    with open_snapshot(snapshot_path(settings)) as con:
        name, caption = choose_dataset(con, dataset)
        tables = {
            title: Result.of(con, named_query(query), {"dataset": name})
            for title, query in (
                ("Constants", "calibrate_parameters"),
                ("Types by how often they are coded both ways", "calibrate_mirrors"),
                ("Shares by reports and by events of record", "calibrate_shares"),
            )
        }
    constants = Result.of_dicts(
        [
            {
                "parameter": row["parameter"],
                "estimate": None if row["estimate"] is None else round(row["estimate"], 3),
                "in_use": in_use.get(row["parameter"]),
                "n": row["n"],
                "what": row["what"],
            }
            for row in tables["Constants"].dicts()
        ]
    )
    return [
        Read(constants if title == "Constants" else table, f"{title}, {name}", caption)
        for title, table in tables.items()
    ]
