"""A project elsewhere: a folder with settings and overlays, for whoever installed the package."""

from __future__ import annotations

import shutil
from pathlib import Path

from detente.settings import Settings, find_project_dir

_README = """# A Détente project

Run the commands in this folder: `.env` says where everything is.

    detente demo                  the sample, through the DAGs, into data/
    detente sources list          the feeds that come with the package; all disabled
    detente sources enable ID     write to data/config/feeds.csv
    detente run                   fetch enabled feeds, code, build, publish
    detente up                    Airflow and the dashboard, until Ctrl-C
    detente backup FOLDER         what nothing derives
"""


class ScaffoldError(RuntimeError):
    """The folder cannot become a project; the message says why."""


_MODELS = ("dags", "dashboards", "dbt_project", "seeds")
_NOT_MODELS = shutil.ignore_patterns("target", "logs", "__pycache__", "*.pyc", ".user.yml")


def init(folder: Path, *, own_models: bool = False) -> list[Path]:
    """Make `folder` a project: `.env` with every setting, `data/config/`, a README.

    Files that are there stay as they are; repeat it after an upgrade to get what is new.

    Args:
        folder: made where it is missing.
        own_models: also copy models, seeds (weights, frames, countries), DAGs and dashboards to
            `project/`, to be changed there; `.env` points at them.

    Returns:
        The files that were written.

    Raises:
        ScaffoldError: `folder` is a file, or cannot be written.
    """
    try:
        (folder / "data" / "config").mkdir(parents=True, exist_ok=True)
        written = []
        project = folder / "project"
        if own_models and not project.exists():
            for name in _MODELS:
                shutil.copytree(find_project_dir() / name, project / name, ignore=_NOT_MODELS)
            written.append(project)
        for name, text in ((".env", _dotenv(folder)), ("README.md", _README)):
            path = folder / name
            if not path.exists():
                path.write_text(text, encoding="utf-8")
                written.append(path)
        pointer = f"DETENTE_PROJECT_DIR={project.resolve()}"
        if own_models and pointer not in (folder / ".env").read_text(encoding="utf-8"):
            with (folder / ".env").open("a", encoding="utf-8") as dotenv:
                dotenv.write(f"# models, seeds, DAGs and dashboards of this project\n{pointer}\n")
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise ScaffoldError(f"{folder} cannot become a project: {error}") from error
    return written


def _dotenv(folder: Path) -> str:
    lines = ["# Settings of this project. A commented line shows the default.", ""]
    for name, field in Settings.model_fields.items():
        if name == "home":
            lines += [f"# {field.description}", f"DETENTE_HOME={folder.resolve() / 'data'}"]
            continue
        if name == "project_dir":
            continue
        default = field.get_default(call_default_factory=True)
        shown = "" if default is None else str(default).lower() if default is True else default
        lines += [f"# {field.description}"] if field.description else []
        lines.append(f"# DETENTE_{name.upper()}={shown}")
    return "\n".join(lines) + "\n"
