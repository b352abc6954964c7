"""Write the reference pages that follow from the code: commands, settings, DAGs, tables.

Run it after a change of any of them; a test compares the pages with what this would write.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import typer

from detente.cli import app
from detente.settings import Settings, dbt_target_dir
from detente.transform import compile_models

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "reference"
NOTE = "*Written by `scripts/references.py`; do not edit.*"


def _cell(text: object) -> str:
    return re.sub(r"\s+", " ", str(text)).replace("|", "\\|").strip()


def _table(head: list[str], rows: list[list[object]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return lines + [f"| {' | '.join(_cell(c) for c in row)} |" for row in rows]


def _default(parameter: Any) -> str:
    value = parameter.default
    if parameter.required:
        return "required"
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value in (None, (), []) or callable(value) else str(value)


def commands() -> str:
    """Return the page of commands."""
    lines = ["# Commands", "", NOTE, "", "`--json` prints JSON, `--csv` CSV, where offered."]

    def walk(command: Any, name: str) -> None:
        for child, sub in sorted(getattr(command, "commands", {}).items()):
            full = f"{name} {child}"
            if getattr(sub, "commands", None):
                walk(sub, full)
                continue
            lines.extend(["", f"## {full}", "", (sub.help or "").strip(), ""])
            rows: list[list[object]] = []
            for p in sub.params:
                is_argument = p.param_type_name == "argument"
                shown = (
                    (p.metavar or p.name.upper())
                    if is_argument
                    else ", ".join(p.opts + p.secondary_opts)
                )
                rows.append([f"`{shown}`", getattr(p, "help", "") or "", _default(p)])
            if rows:
                lines.extend(_table(["parameter", "meaning", "default"], rows))

    walk(typer.main.get_command(app), "detente")
    return "\n".join(lines) + "\n"


def settings() -> str:
    """Return the page of settings."""
    rows: list[list[object]] = []
    for name, field in Settings.model_fields.items():
        default = "see below" if field.default_factory else field.default
        rows.append([f"`DETENTE_{name.upper()}`", field.description or "", default])
    return "\n".join([
        "# Settings", "", NOTE, "",
        "From the environment, else from a `.env` file in the working directory, else the default;",
        "`detente settings` prints what holds. The project directory is the checkout, or the copy in",
        "the wheel; the home is `data/` below the checkout, or below the working directory.", "",
        *_table(["variable", "meaning", "default"], rows),
    ]) + "\n"  # fmt: skip


def dags() -> str:
    """Return the page of DAGs: each one's own triage note."""
    lines = ["# DAGs", "", NOTE, "", "In Airflow's pages the same notes stand beside each DAG."]
    for path in sorted((ROOT / "dags").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [
            f.name for f in tree.body if isinstance(f, ast.FunctionDef)
            and any(isinstance(d, ast.Call) and getattr(d.func, "id", "") == "dag"
                    for d in f.decorator_list)
        ]  # fmt: skip
        if not names:
            continue
        note = re.sub(r"^(\w+)\n-+$", r"**\1**", ast.get_docstring(tree) or "", flags=re.M)
        lines.extend(["", f"## {names[0]}", "", note])
    return "\n".join(lines) + "\n"


def tables(manifest: dict[str, Any]) -> str:
    """Return the data dictionary: every mart with its columns."""
    models = sorted(
        (
            n for n in manifest["nodes"].values()
            if n["resource_type"] == "model" and n["schema"] == "marts"
        ),
        key=lambda n: (n["path"], n["name"]),
    )  # fmt: skip
    lines = [
        "# Tables", "", NOTE, "",
        "All in the schema `marts`, with enforced contracts; the same words are comments in DuckDB",
        "(`select comment from duckdb_columns()`). The first sentence says the grain. `raw` and `ops`",
        "hold what was ingested and done; they may change between releases.",
    ]  # fmt: skip
    folder = ""
    for model in models:
        if (here := Path(model["path"]).parent.name) != folder:
            folder = here
            lines.extend(["", f"## {folder}"])
        lines.extend(["", f"### {model['name']}", "", model["description"].strip(), ""])
        rows = [
            [f"`{c['name']}`", c["data_type"] or "", c["description"]]
            for c in model["columns"].values()
        ]
        lines.extend(_table(["column", "type", "meaning"], rows))
    return "\n".join(lines) + "\n"


def pages(manifest: dict[str, Any]) -> dict[Path, str]:
    """Return path -> text of every generated page."""
    return {
        PAGES / "commands.md": commands(),
        PAGES / "settings.md": settings(),
        PAGES / "dags.md": dags(),
        PAGES / "tables.md": tables(manifest),
    }


def main() -> int:
    """Write all pages."""
    with tempfile.TemporaryDirectory() as home:
        config = Settings(home=Path(home))
        compile_models(config)
        manifest = json.loads(
            (dbt_target_dir(config) / "manifest.json").read_text(encoding="utf-8")
        )
    for path, text in pages(manifest).items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
