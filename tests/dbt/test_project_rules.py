"""The dbt project keeps its own grammar: layers, names, contracts, owners, descriptions."""

import json
import re
from pathlib import Path

import pytest

from detente.settings import get_settings

pytestmark = pytest.mark.xdist_group("dbt")

LAYERS = {
    "staging": re.compile(r"stg_(news|datasets|user|ops)__[a-z_]+"),
    "intermediate": re.compile(r"int_[a-z_]+"),
    "marts": re.compile(r"(fct|dim)_[a-z_]+"),
}
# one row; sentences may repeat; a view of fct_events, whose key is tested
UNKEYED = {"dim_publication", "fct_uncoded_sentences", "fct_event_drivers"}


@pytest.fixture(scope="session")
def manifest(compiled):
    return json.loads((compiled.parents[2] / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def models(manifest):
    return {
        n["name"]: n for n in manifest["nodes"].values()
        if n["resource_type"] == "model" and n["package_name"] == "detente"
    }  # fmt: skip


@pytest.fixture(scope="session")
def marts(models):
    return {name: m for name, m in models.items() if m["schema"] == "marts"}


def layer_of(unique_id: str, models) -> str:
    kind, _, name = unique_id.split(".", 2)
    return kind if kind in ("source", "seed") else models[name.split(".")[0]]["schema"]


def test_given_any_model_then_folder_schema_and_name_agree(models):
    assert len(models) > 60
    for name, model in models.items():
        folder = Path(model["path"]).parts[0]
        assert model["schema"] == folder, f"{name} lies in {folder} but goes to {model['schema']}"
        assert LAYERS[folder].fullmatch(name), f"{name} is no name of {folder}"


def test_given_any_model_then_it_reads_only_layers_it_may(models):
    # intermediate models read marts of events and weeks: facts are kept once, as marts
    allowed = {
        "staging": {"source", "seed", "staging"},
        "intermediate": {"seed", "staging", "intermediate", "marts"},
        "marts": {"seed", "staging", "intermediate", "marts"},
    }
    for name, model in models.items():
        read = {layer_of(one, models) for one in model["depends_on"]["nodes"]}
        assert read <= allowed[model["schema"]], f"{name} reads {read - allowed[model['schema']]}"


def test_given_any_mart_then_contract_owner_and_grain_are_stated(marts, manifest):
    groups = {g["name"]: g["owner"] for g in manifest["groups"].values()}
    for name, mart in marts.items():
        assert mart["config"]["contract"]["enforced"], f"{name} has no contract"
        assert mart["config"]["access"] == "public", f"{name} is not public"
        assert groups[mart["config"]["group"]]["email"], f"{name} has no owner"
        assert re.match(r"One row", mart["description"]), f"{name} does not begin with its grain"


def test_given_any_mart_then_every_column_is_typed_and_described(marts):
    for name, mart in marts.items():
        assert mart["columns"], f"{name} has no columns"
        for column in mart["columns"].values():
            assert column["data_type"], f"{name}.{column['name']} has no type"
            described = column["description"].strip()
            assert described.endswith((".", ")", "`")), f"{name}.{column['name']}: {described!r}"


def test_given_any_mart_then_its_key_is_tested(marts, manifest):
    keyed = {
        n["attached_node"].split(".")[-1] for n in manifest["nodes"].values()
        if n["resource_type"] == "test" and n["test_metadata"]["name"] == "unique_key"
    }  # fmt: skip
    assert set(marts) - keyed == UNKEYED


def test_given_exposures_then_they_read_public_marts_and_have_owners(manifest, marts):
    exposures = manifest["exposures"].values()
    assert {"dashboard", "command_line"} <= {e["name"] for e in exposures}
    for exposure in exposures:
        assert exposure["owner"]["email"]
        assert {n.split(".")[-1] for n in exposure["depends_on"]["nodes"]} <= set(marts)


def test_given_queries_of_the_faces_then_every_mart_they_name_exists(marts):
    project = get_settings().project_dir
    for folder in ("dashboards", "src/detente"):
        for path in (project / folder).rglob("*.sql"):
            read = set(re.findall(r"marts\.(\w+)", path.read_text(encoding="utf-8")))
            assert read <= set(marts), f"{path.name} reads {sorted(read - set(marts))}"


def test_given_vars_then_each_is_read_somewhere():
    text = (get_settings().dbt_dir / "dbt_project.yml").read_text(encoding="utf-8")
    section = text.split("\nvars:\n")[1]
    sources = "".join(p.read_text(encoding="utf-8") for p in get_settings().dbt_dir.rglob("*.sql"))
    for name in re.findall(r"^  (\w+):", section, re.MULTILINE):
        assert f"'{name}'" in sources or f'"{name}"' in sources, f"nothing reads var {name}"


def test_given_fifteen_metrics_then_each_has_a_block_with_an_example_that_a_column_bears(manifest):
    blocks = {
        d["name"]: d["block_contents"] for d in manifest["docs"].values()
        if d["package_name"] == "detente"
    }  # fmt: skip
    ymls = "".join(p.read_text("utf-8") for p in get_settings().dbt_dir.rglob("models/**/*.yml"))
    assert {name.split("_")[0] for name in blocks} == {f"m{n}" for n in range(1, 16)}
    for name, text in blocks.items():
        assert f"doc('{name}')" in ymls, f"no column bears {name}"
        assert "xample" in text, name
