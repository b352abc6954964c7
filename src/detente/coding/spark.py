"""Coding shards on Spark, with the function that codes them everywhere else.

``mapInArrow``, not ``mapInPandas``: pandas has no missing integer, and a date that is missing would
come back as a time. Results lie where `shards.code_shard` would have put them, so shards may be
coded by both, and `shards.collect` sees no difference.
"""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from detente.clock import utc_now
from detente.coding import shards
from detente.coding.coder import CodingError, load_coder
from detente.coding.pool import code_apart
from detente.coding.store import mention_rows
from detente.model import Document
from detente.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_RESULT_DOCUMENTS = 500
"""Documents per record batch: some 10 MB of rows."""

_PARTS_PER_CORE = 2
"""More make a lost executor cheaper and cost more starts of the coder (some 3 s each)."""

_PART_DOCUMENTS = 200
"""A part is no smaller: starting the coder costs as much as some 500 documents."""


def code_shards(
    paths: Sequence[Path],
    settings: Settings,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Code those of the shards that are not done; return how many that were.

    A job takes as many shards as there are cores; what finished jobs have coded stays done.

    Args:
        paths: the shards of a plan, on storage that every executor sees under the same path.
        settings: the master's address; seeds and overlay of the coder, likewise on every executor.
        progress: called with (shards done, shards to do).

    Raises:
        ShardError: a shard is missing or torn, or was planned for another coder.
        CodingError: there is no pyspark or no Java, or Spark gave up.
    """
    waiting = [path for path in paths if not shards.is_done(path)]
    if not waiting:
        return 0
    for path in waiting:
        shards.require_same_coder(path, settings)
    spark = _session(settings)
    try:
        cores = spark.sparkContext.defaultParallelism
        for start in range(0, len(waiting), cores):
            _code(spark, waiting[start : start + cores], cores, settings)
            if progress:
                progress(min(start + cores, len(waiting)), len(waiting))
    finally:
        spark.stop()
    return len(waiting)


def _session(settings: Settings) -> SparkSession:
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise CodingError("Spark is not installed: pip install 'detente[spark]'") from error
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise CodingError("Spark needs Java 17: install it, or set JAVA_HOME")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else the first python3 of the path
    builder = (
        SparkSession.builder.master(settings.spark_master)
        .appName("detente code")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", _RESULT_DOCUMENTS)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
    )
    try:
        return builder.getOrCreate()
    except (PySparkException, OSError, RuntimeError) as error:
        raise CodingError(f"Spark does not start on {settings.spark_master}: {error}") from error


def _code(spark: SparkSession, paths: Sequence[Path], cores: int, settings: Settings) -> None:
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException
    from pyspark.sql.pandas.types import from_arrow_schema

    results = paths[0].parent / f".spark-{uuid.uuid4().hex}"
    count = sum(shards.count_documents(path) for path in paths)
    parts = max(1, min(cores * _PARTS_PER_CORE, count // _PART_DOCUMENTS))
    try:
        (
            spark.read.parquet(*map(_url, paths))
            .repartition(parts)
            .mapInArrow(partial(_code_batches, settings), from_arrow_schema(_result_schema()))
            .write.partitionBy("shard")
            .parquet(_url(results))
        )
        for path in paths:
            with shards.open_shard(path) as source:
                number = next(source.iter_batches(1, columns=["shard"]))["shard"][0].as_py()
            _hand_over(results / f"shard={number}", path)
    except (PySparkException, Py4JJavaError) as error:
        raise CodingError(f"Spark gave up: {str(error)[:2000]}") from error
    finally:
        shutil.rmtree(results, ignore_errors=True)


def _url(path: Path) -> str:
    return path.resolve().as_uri()  # without a scheme Spark would ask its default file system


def _column(table: str) -> str:
    return table.replace(".", "__")


def _result_schema() -> pa.Schema:
    """Return one row per document: its shard, and its rows of each table as a list of structs."""
    return pa.schema(
        [("shard", pa.int32())]
        + [
            (_column(table), pa.list_(pa.struct(list(schema))))
            for table, schema in shards.table_schemas().items()
        ]
    )


def _code_batches(
    settings: Settings, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Code the documents of one part, in an executor."""
    coder = load_coder(settings)
    schema = _result_schema()
    of_revision: dict[str, tuple[int, str]] = {}

    def documents() -> Iterator[Document]:
        for batch in batches:
            for row in batch.to_pylist():
                document = shards.document_of(row)
                of_revision[document.revision_id] = row["shard"], document.dataset
                yield document

    found: list[dict[str, Any]] = []
    for coded in code_apart(documents(), settings):
        shard, dataset = of_revision.pop(coded.revision_id)
        rows = mention_rows(
            {coded.revision_id: dataset}, [coded], coder.name, coder.version, utc_now()
        )
        found.append({"shard": shard, **{_column(table): r for table, r in rows.items()}})
        if len(found) == _RESULT_DOCUMENTS:
            yield pa.RecordBatch.from_pylist(found, schema=schema)
            found = []
    if found:
        yield pa.RecordBatch.from_pylist(found, schema=schema)


def _hand_over(results: Path, shard: Path) -> None:
    """Write what Spark wrote for a shard as that shard's results."""
    with shards.write_coded(shard) as sink:
        for part in sorted(results.glob("*.parquet")):
            with pq.ParquetFile(part) as source:
                for batch in source.iter_batches(_RESULT_DOCUMENTS):
                    for table, schema in shards.table_schemas().items():
                        rows = batch[_column(table)].flatten()
                        sink[table].write_table(
                            pa.Table.from_batches([pa.RecordBatch.from_struct_array(rows)]).cast(
                                schema
                            )
                        )
