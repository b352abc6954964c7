"""The documentation as static pages: generated references, the site, the dbt docs. Offline."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from detente.settings import Settings
from detente.transform import build_dbt_docs


class DocumentationError(RuntimeError):
    """The site could not be built; the message is the builder's."""


def build_site(settings: Settings, out: Path) -> Path:
    """Write the site and, below it, the dbt docs; return the page to open.

    Raises:
        DocumentationError: the site builder failed.
    """
    out = out.resolve()
    config = settings.project_dir / "mkdocs.yml"
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-q", "-f", str(config), "-d", str(out)],
        capture_output=True,
        text=True,
    )
    if built.returncode != 0:
        raise DocumentationError(built.stderr or built.stdout)
    page = build_dbt_docs(settings)
    (out / "dbt").mkdir(exist_ok=True)
    shutil.copyfile(page, out / "dbt" / "index.html")
    return out / "index.html"


def data_dictionary(manifest: dict[str, Any]) -> str:
    """Return the reference of all marts as Markdown, from dbt's manifest."""
    lines = [
        "# Tables",
        "",
        "Generated from the dbt project (`detente docs`); the same texts are comments in the",
        "warehouse: `select * from duckdb_columns() where schema_name = 'marts'`.",
    ]
    marts = [
        n
        for n in manifest["nodes"].values()
        if n["resource_type"] == "model" and n["schema"].endswith("marts")
    ]
    for model in sorted(marts, key=lambda n: str(n["name"])):
        lines += ["", f"## {model['name']}", "", _one_line(model["description"]), ""]
        lines += ["| column | type | what |", "|---|---|---|"]
        for column in model["columns"].values():
            text = _one_line(column["description"]).replace("|", "\\|")
            lines.append(f"| `{column['name']}` | {column['data_type']} | {text} |")
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def command_reference() -> str:
    """Return the reference of the command line as Markdown, from the commands themselves."""
    import typer

    from detente.cli import app

    lines = ["# Command line", "", "Generated from `detente --help` and its like.", ""]

    def walk(command: Any, path: str) -> None:
        if hasattr(command, "commands"):
            for name, sub in sorted(command.commands.items()):
                walk(sub, f"{path} {name}")
            return
        lines.extend([f"## {path.strip()}", "", command.help or "", ""])
        for parameter in command.params:
            if parameter.name == "help":
                continue
            names = parameter.human_readable_name
            if parameter.param_type_name == "option":
                names = ", ".join([*parameter.opts, *parameter.secondary_opts])
            text = getattr(parameter, "help", None) or ""
            lines.append(f"* `{names}`: {text}")
        lines.append("")

    walk(typer.main.get_command(app), "detente")
    return "\n".join(lines).rstrip() + "\n"


def write_references(settings: Settings, manifest_path: Path) -> list[Path]:
    """Write the generated reference pages into `docs/reference/`; a test holds them up to date."""
    folder = settings.project_dir / "docs" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    pages = {"tables.md": data_dictionary(manifest), "command-line.md": command_reference()}
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in pages]
