"""The generated reference pages say what the code says."""

import importlib.util
import json

import pytest

from detente.settings import get_settings

pytestmark = pytest.mark.xdist_group("dbt")


def test_given_the_reference_pages_then_they_are_what_the_script_would_write(compiled):
    path = get_settings().project_dir / "scripts" / "references.py"
    spec = importlib.util.spec_from_file_location("references", path)
    references = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(references)
    manifest = json.loads((compiled.parents[2] / "manifest.json").read_text(encoding="utf-8"))
    for page, text in references.pages(manifest).items():
        assert page.read_text(encoding="utf-8") == text, f"{page.name}: run `make references`"
