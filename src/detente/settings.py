"""Settings: one home directory, everything else follows from it.

Values come from the environment (prefix ``DETENTE_``), then from a ``.env`` file in the working
directory, then from the defaults below. ``detente settings`` prints them.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_PACKAGE = Path(__file__).resolve().parent


def find_project_dir() -> Path:
    """Return the directory that holds ``dags/``, ``dbt_project/``, ``dashboards/`` and ``seeds/``.

    It is the checkout where there is one, else the copy that the wheel carries.
    """
    checkout = _PACKAGE.parent.parent
    if (checkout / "dbt_project" / "dbt_project.yml").exists():
        return checkout
    return _PACKAGE / "_project"


def _default_home() -> Path:
    project = find_project_dir()
    return Path.cwd() / "data" if project.is_relative_to(_PACKAGE) else project / "data"


class Settings(BaseSettings):
    """Everything a user may set. Units are in the names or the descriptions."""

    model_config = SettingsConfigDict(env_prefix="DETENTE_", env_file=".env", extra="ignore")

    home: Path = Field(default_factory=_default_home, description="all data live below it")
    project_dir: Path = Field(
        default_factory=find_project_dir, description="code that is not Python"
    )
    user_agent: str = Field(
        default="detente/0.1 (no contact given: set DETENTE_USER_AGENT)",
        description="how fetching introduces itself; put a contact in it",
    )
    allow_private_addresses: bool = Field(
        default=False, description="let feeds live on loopback/intranet"
    )
    request_gap_seconds: float = Field(
        default=5.0, ge=0, description="least pause between two requests to one domain"
    )
    max_concurrent_requests: int = Field(
        default=32, ge=1, description="requests under way at a time, over all hosts"
    )
    keep_text_days: int = Field(
        default=0, ge=0, description="`detente upkeep` drops full texts older than that; 0 = never"
    )
    workers: int = Field(
        default=0, ge=0, description="reading and coding processes; 0 = one per core"
    )
    shard_dir: Path | None = Field(
        default=None,
        description="where shards of documents wait for coding workers, on storage that all of"
        " them see; unset: `shards/` below the home",
    )
    shard_documents: int = Field(
        default=20_000, ge=1, le=100_000, description="documents per shard, at most"
    )
    spark_master: str = Field(
        default="local[*]", description="of `detente code --engine spark`, e.g. spark://host:7077"
    )
    keep_versions: int = Field(
        default=3, ge=1, description="published versions kept beside the current one"
    )
    lock_timeout_seconds: float = Field(
        default=600.0, gt=0, description="how long a writer waits its turn"
    )
    allow_overrides: bool = Field(
        default=False, description="let the dashboard write overrides.csv"
    )
    webhook_url: str | None = Field(
        default=None, repr=False, description="told of failed tasks; unset = nobody"
    )
    late_after_minutes: float = Field(
        default=60.0,
        ge=0,
        description="a DAG run under `detente up` that lasts longer is told; 0: none",
    )
    target: Literal["duckdb", "ducklake", "spark"] = Field(
        default="duckdb", description="the engine that `detente build` builds on"
    )
    ducklake_catalog: str | None = Field(
        default=None,
        repr=False,
        description="DuckLake's catalog, e.g. `postgres:host=... dbname=... user=...`",
    )
    ducklake_data_path: str | None = Field(
        default=None, description="folder or bucket of DuckLake's files; unset = HOME/lake"
    )
    spark_address: str = Field(
        default="127.0.0.1:10000", description="host:port of Spark's thrift server"
    )
    spark_data_path: Path | None = Field(
        default=None, description="folder that Spark and this machine share; unset = HOME/spark"
    )
    dashboard_port: int = Field(default=8501, ge=1, le=65535, description="on 127.0.0.1")
    airflow_port: int = Field(default=8080, ge=1, le=65535, description="on 127.0.0.1")
    coder: Literal["rules", "llm"] = Field(
        default="rules", description="which coder codes, and whose mentions the build uses"
    )
    llm_base_url: str | None = Field(
        default=None, description="OpenAI-compatible endpoint; texts go there, to nobody else"
    )
    llm_model: str | None = None
    llm_api_key: str | None = Field(default=None, repr=False)
    llm_max_documents: int = Field(
        default=200, ge=1, le=5000, description="an LLM run asks about so many documents at most"
    )
    llm_max_tokens: int = Field(
        default=1_000_000, ge=0, description="an LLM run stops after so many tokens, both ways"
    )
    llm_max_cost: float | None = Field(
        default=None, ge=0, description="an LLM run stops at this cost; needs the prices"
    )
    llm_input_price: float = Field(default=0.0, ge=0, description="per million tokens sent")
    llm_output_price: float = Field(default=0.0, ge=0, description="per million tokens received")
    llm_timeout_seconds: float = Field(default=120.0, gt=0, description="per request")
    llm_retries: int = Field(
        default=2, ge=0, le=10, description="of failed requests and of answers outside the schema"
    )
    llm_concurrency: int = Field(default=4, ge=1, description="requests under way at a time")

    @property
    def build_path(self) -> Path:
        """The private build file: one writing process at a time, never read by a face."""
        return self.home / "build" / "warehouse.duckdb"

    @property
    def lock_path(self) -> Path:
        return self.home / "build" / "writer.lock"

    @property
    def published_dir(self) -> Path:
        return self.home / "published"

    @property
    def warehouse_link(self) -> Path:
        """The symlink that readers open (through ``os.path.realpath``)."""
        return self.home / "warehouse.duckdb"

    @property
    def raw_dir(self) -> Path:
        """Raw bodies, content-addressed: ``raw/<sha[:2]>/<sha>.gz``."""
        return self.home / "raw"

    @property
    def text_dir(self) -> Path:
        """Extracted texts, content-addressed: ``texts/<sha[:2]>/<sha>.gz``."""
        return self.home / "texts"

    @property
    def spool_dir(self) -> Path:
        return self.home / "spool"

    @property
    def shards_path(self) -> Path:
        return self.shard_dir or self.home / "shards"

    @property
    def config_dir(self) -> Path:
        """The user's overlays of feeds, actors, weights and watched hubs."""
        return self.home / "config"

    @property
    def overrides_path(self) -> Path:
        return self.config_dir / "overrides.csv"

    @property
    def seeds_dir(self) -> Path:
        return self.project_dir / "seeds"

    @property
    def dbt_dir(self) -> Path:
        return self.project_dir / "dbt_project"


def dbt_target_dir(settings: Settings) -> Path:
    """Where dbt leaves what it compiled; each engine has its own, as its SQL is another."""
    name = "dbt_target" if settings.target == "duckdb" else f"dbt_target_{settings.target}"
    return (settings.home / "build" / name).resolve()


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the process's settings (read once)."""
    return Settings()
