"""How fast the coder is beside the bare parser, on one and two processes, and what a bad text costs.

Parser and coder take turns on the same filtered sentences, a few documents each, so that a busy
machine slows both; their shares are of processor time. The bare parser is spaCy as it comes; the
parser as the coder runs it (numpy's OpenBLAS) stands beside it.

    python benchmarks/bench_coder.py [--documents 1300] [--long-run 10000] [--rounds 3] \
        [--parts long_run two_workers one_process]

Dense news are press releases of a foreign ministry, general news articles of a news wiki, from the
development data beside the checkout; without those, both are the project's sample corpus.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from detente.coding import rules, syntax
from detente.coding.coder import code_batch, load_coder
from detente.coding.dates import find_times
from detente.coding.jsonl import document_from_dict
from detente.coding.pool import BATCH_DOCUMENTS, code_documents
from detente.model import Document
from detente.settings import Settings
from poisonous import DeadlyDocument, RaisingDocument
from results import record

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "dev"
CORPORA = {"dense": "state_dept*.jsonl.gz", "general": "wikinews*.jsonl.gz"}
SHORT = {"one_sentence": "cep_dev*.jsonl.gz"}
PARTS = ("long_run", "two_workers", "one_process")
BAR_PARSER, BAR_PROCESSES, BAR_MIB = 0.90, 0.95, 600


def documents_of(corpus: str, count: int) -> list[Document]:
    """Return the first documents of a corpus; of the sample where the data are missing."""
    found = list(DATA.glob({**CORPORA, **SHORT}[corpus]))
    if found:
        with gzip.open(found[0], "rt", encoding="utf-8") as lines:
            return [document_from_dict(json.loads(line)) for line in islice(lines, count)]
    return list(islice(sample_documents(), count))


def sample_documents() -> Iterator[Document]:
    """Yield the documents of the sample corpus."""
    for path in sorted((ROOT / "seeds" / "sample_news" / "documents").rglob("*.md")):
        _, head, text = path.read_text(encoding="utf-8").split("---\n", 2)
        about = yaml.safe_load(head)
        yield document_from_dict({
            "id": path.stem, "title": about["title"], "text": text.strip(),
            "published": str(about["published"]),
        })  # fmt: skip


def stock_parser() -> Any:
    """Load spaCy's pipeline as it comes, with the matrix product it chooses itself."""
    from thinc.api import NumpyOps, set_current_ops

    tuned = syntax.load_model()
    set_current_ops(NumpyOps())
    module = importlib.import_module(f"{tuned.meta['lang']}_{tuned.meta['name']}")
    return module.load(exclude=list(syntax._EXCLUDE))


def one_process(documents: Sequence[Document], stock: Any, settings: Settings) -> dict[str, Any]:
    """Let the two parsers and the coder take turns on 64 documents at a time."""
    coder = load_coder(settings)
    assert isinstance(coder, rules.RuleCoder)
    seconds = dict.fromkeys(("stock", "parser", "coder"), 0.0)
    wall = parsed = chosen = mentions = total = 0
    code_batch(coder, documents[:8])  # tables are read at the first document
    coder._trees.clear()
    find_times.cache_clear()
    for k, start in enumerate(range(0, len(documents), 64)):
        part = documents[start : start + 64]
        prepared = [coder._prepare(d) for d in part]
        texts = [s.text for p in prepared if isinstance(p, rules._Prepared) for s, _ in p.chosen]
        total += sum(len(p.sentences) for p in prepared if isinstance(p, rules._Prepared))
        new = [t for t in dict.fromkeys(texts) if t not in coder._trees]
        chosen, parsed = chosen + len(texts), parsed + len(new)

        def code(part: Sequence[Document] = part) -> int:
            batches = (part[i : i + BATCH_DOCUMENTS] for i in range(0, len(part), BATCH_DOCUMENTS))
            return sum(len(c.mentions) for b in batches for c in code_batch(coder, b))

        steps = {
            "stock": lambda new=new: sum(1 for _ in stock.pipe(new, batch_size=128)),
            "parser": lambda new=new: sum(1 for _ in syntax.load_model().pipe(new, batch_size=128)),
            "coder": code,
        }
        for name in sorted(steps, key=lambda n: (k + len(n)) % 3):  # nobody is always the first
            began, at = time.process_time(), time.perf_counter()
            done = steps[name]()
            seconds[name] += time.process_time() - began
            if name == "coder":
                wall += time.perf_counter() - at
                mentions += done
    times = find_times.cache_info()
    return {
        "documents": len(documents),
        "sentences": total,
        "sentences_filtered": chosen,
        "sentences_parsed": parsed,
        "mentions": mentions,
        "documents_per_second": round(len(documents) / seconds["coder"], 1),
        "sentences_per_second": round(parsed / seconds["coder"]),
        "sentences_per_second_bare_parser": round(parsed / seconds["stock"]),
        "sentences_per_second_parser_on_openblas": round(parsed / seconds["parser"]),
        "of_the_bare_parser": round(seconds["stock"] / seconds["coder"], 3),
        "of_the_parser_on_openblas": round(seconds["parser"] / seconds["coder"], 3),
        "wall_seconds_coder": round(wall, 2),
        "tree_cache_hits": round(1 - parsed / max(1, chosen), 4),
        "time_cache_hits": round(times.hits / max(1, times.hits + times.misses), 4),
        "lemma_cache_hits": _hit_rate(syntax.lemma.cache_info()),
    }


def _hit_rate(info: Any) -> float:
    return round(info.hits / max(1, info.hits + info.misses), 4)


def alone(corpus: str, count: int, half: int) -> None:
    """Code one half of a corpus in this process; print documents, seconds and peak memory."""
    part = documents_of(corpus, count)[half::2]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as home:
        done = sum(1 for _ in code_documents(part, Settings(home=Path(home)), 1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([done, time.perf_counter() - began, peak]))


def two_processes(corpus: str, count: int, rounds: int, settings: Settings) -> dict[str, Any]:
    """Compare a pool of two workers with two processes that know nothing of each other.

    Both start cold and load what they need within the time measured.
    """
    documents = documents_of(corpus, count)
    pooled, independent, peaks = [], [], [0.0]
    for _ in range(rounds):
        began = time.perf_counter()
        results = code_documents(documents, settings, 2)
        done = 0
        for done, _ in enumerate(results, 1):
            if done == len(documents):  # the workers still live
                peaks += [_peak_mib(p.pid) for p in multiprocessing.active_children()]
        pooled.append(done / (time.perf_counter() - began))
        results.close()  # type: ignore[attr-defined]
        began = time.perf_counter()
        halves = [
            subprocess.Popen(
                [sys.executable, __file__, "--alone", corpus, str(count), str(half)],
                stdout=subprocess.PIPE,
            )
            for half in (0, 1)
        ]
        said = [json.loads(p.communicate()[0].splitlines()[-1]) for p in halves]
        independent.append(len(documents) / (time.perf_counter() - began))
        peaks += [peak for _, _, peak in said]
    ratios = [a / b for a, b in zip(pooled, independent, strict=True)]
    return {
        "documents_per_second_pool": [round(r, 1) for r in pooled],
        "documents_per_second_independent": [round(r, 1) for r in independent],
        "of_two_processes": round(median(ratios), 3),
        "peak_mib_per_process": round(max(peaks)),
    }


def _peak_mib(pid: int | None) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    line = next((x for x in status.splitlines() if x.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(line.split()[1]) / 1024


def long_run(count: int, settings: Settings) -> dict[str, Any]:
    """Code many short documents, one of which raises and one of which kills its worker."""
    source = cycle([d for c in SHORT for d in documents_of(c, count)])
    plain = list(islice(source, count - 2))
    raising = RaisingDocument("raises", "raises", "", "x")
    deadly = DeadlyDocument("kills", "kills", "", "x")
    items = [*plain[: count // 3], raising, *plain[count // 3 : count // 2], deadly]
    items += plain[count // 2 :]
    began = time.perf_counter()
    results, peak = [], 0.0
    for result in code_documents(items, settings, 2):
        results.append(result)
        if len(results) % 500 == 0 or len(results) == count:
            peak = max(peak, *(_peak_mib(p.pid) for p in multiprocessing.active_children()), 0.0)
    failed = {r.document_id: r.message for r in results if r.outcome == "error"}
    in_order = [r.document_id for r in results] == [d.document_id for d in items]
    return {
        "documents": len(results),
        "seconds": round(time.perf_counter() - began, 1),
        "documents_per_second": round(len(results) / (time.perf_counter() - began), 1),
        "failed": failed,
        "only_the_poisonous_failed": set(failed) == {"raises", "kills"} and in_order,
        "peak_mib_per_worker": round(peak),
    }


def main() -> int:
    """Measure; exit code 1 where a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1300)
    parser.add_argument("--long-run", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--alone", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.alone:
        alone(asked.alone[0], int(asked.alone[1]), int(asked.alone[2]))
        return 0
    figures: dict[str, Any] = {}
    bars: dict[str, bool] = {}
    peaks: list[float] = []
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        if "long_run" in asked.parts:
            long = figures["long_run"] = long_run(asked.long_run, settings)
            bars["a poisonous document costs itself"] = long["only_the_poisonous_failed"]
            peaks.append(long["peak_mib_per_worker"])
        if "two_workers" in asked.parts:
            two = {c: two_processes(c, asked.documents, asked.rounds, settings) for c in CORPORA}
            figures["two_workers"] = two
            bars[f"two workers >= {BAR_PROCESSES} of two processes"] = all(
                t["of_two_processes"] >= BAR_PROCESSES for t in two.values()
            )
            peaks += [t["peak_mib_per_process"] for t in two.values()]
        if "one_process" in asked.parts:
            stock = stock_parser()
            one = {
                c: one_process(documents_of(c, asked.documents), stock, settings) for c in CORPORA
            }
            figures["one_process"] = one
            bars[f"coder >= {BAR_PARSER} of the bare parser"] = all(
                o["of_the_bare_parser"] >= BAR_PARSER for o in one.values()
            )
    if peaks:
        bars[f"peak <= {BAR_MIB} MiB"] = max(peaks) <= BAR_MIB
    texts = "development data" if DATA.exists() else "sample corpus"
    name = "coder" if tuple(asked.parts) == PARTS else f"coder_{'_'.join(asked.parts)}"
    record(name, {"texts": texts, **figures, "bars": bars})
    return 0 if all(bars.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
