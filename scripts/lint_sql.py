"""Lint the SQL that dbt compiles: what is linted is what runs, macros filled in."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from detente.settings import Settings
from detente.transform import compile_models

# dbt leaves its locks to the end of the process, of which Python's tracker would tell at length
os.environ.setdefault("PYTHONWARNINGS", "ignore:resource_tracker:UserWarning")

ROOT = Path(__file__).resolve().parents[1]

with tempfile.TemporaryDirectory() as home:
    compiled = compile_models(Settings(home=Path(home)))
    command = [sys.executable, "-m", "sqlfluff", "lint", "-q", "--config", str(ROOT / ".sqlfluff")]
    sys.exit(subprocess.run([*command, "--processes", "2", str(compiled)]).returncode)
