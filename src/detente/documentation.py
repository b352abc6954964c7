"""The documentation as static pages: the site and, below it, the dbt docs. Offline."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

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
