"""Judgements of what the coder emits on running text: draw a sample, keep verdicts, score, replay.

    python benchmarks/judgements.py draw state_dept --round 2 --size 50 --worksheet FOLDER
    python benchmarks/judgements.py keep FOLDER/state_dept_r2
    python benchmarks/judgements.py score [--json]
    python benchmarks/judgements.py replay
    python benchmarks/judgements.py recall

Rules of judging and the fields of a judgement: `tests/eval/judgements/README.md`. The texts are
development data beside the checkout; no text enters the project. `draw` and `replay` say so and
stop where they are missing.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

from detente.coding.coder import load_coder
from detente.coding.jsonl import coded_to_dict, document_from_dict
from detente.coding.lexicon import QUADS
from detente.coding.pool import code_documents
from detente.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
KEPT = ROOT / "tests" / "eval" / "judgements"
AXES = ("pair", "direction", "type", "quad", "status", "date", "attribution")
DECISIVE = ("pair", "direction", "quad", "status")
"""Right in all of these, a mention is fully right."""
SETS = {
    "state_dept": "dev/state_dept_2021-05_2022-04.jsonl.gz",
    "wikinews": "dev/wikinews_2019_2020.jsonl.gz",
    "web_articles": "fixtures/article_extraction_benchmark/ground-truth.json",
}
ROW = (
    "source_code target_code source_role target_role is_reciprocal event_type event_mode "
    "assess_direction status event_date_start event_date_end date_precision date_basis rule_id "
    "confidence"
).split()

Judgement = dict[str, Any]


def settings() -> Settings:
    return Settings(home=Path("/nonexistent"))


def read_source(name: str) -> list[dict[str, Any]]:
    """Return the documents of a development file.

    The extraction benchmark's articles have neither title nor date; some addresses tell the day.
    """
    path = DATA / name
    if path.name == "ground-truth.json":
        articles = json.loads(path.read_text(encoding="utf-8"))
        days = {
            k: re.search(r"/(20\d\d)[/-](\d\d)[/-](\d\d)", v["url"]) for k, v in articles.items()
        }
        return [
            {
                "id": k,
                "text": v["articleBody"],
                "published": "-".join(day.groups()) if (day := days[k]) else None,
            }
            for k, v in articles.items()
            if v["articleBody"].strip()
        ]
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def read_kept(folder: Path = KEPT) -> Iterator[tuple[str, Judgement]]:
    """Yield every judgement with the name of its file (``<set>_r<round>``)."""
    for path in sorted(folder.glob("*_r[0-9]*.jsonl")):
        if path.name.startswith("recall_"):
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            yield path.stem, json.loads(line)


def read_in_full(folder: Path = KEPT) -> set[str]:
    """Return the ids of documents whose relations were written down for recall."""
    paths = folder.glob("recall_r[0-9]*.jsonl")
    return {json.loads(line)["document_id"] for p in paths for line in p.read_text().splitlines()}


@cache
def state_level() -> frozenset[str]:
    """Return the roles that act for a state."""
    with (ROOT / "seeds" / "actor_roles.csv").open(encoding="utf-8") as source:
        return frozenset(r["role"] for r in csv.DictReader(source) if r["is_state_level"] == "true")


def is_between_states(mention: dict[str, Any]) -> bool:
    """Tell whether the marts would count it: state-level roles on both sides, no organisation."""
    codes = (mention["source_code"], mention["target_code"])
    roles = {mention["source_role"], mention["target_role"]}
    return (
        roles <= state_level()
        and mention["event_type"] != "ASSESS"
        and not any(code.startswith("IGO-") for code in codes)
    )


def code_all(items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Code development documents with the coder as it is, in order."""
    for coded in code_documents((document_from_dict(i) for i in items), settings()):
        yield coded_to_dict(coded)


def lottery(seed: str, document: str, mention: dict[str, Any]) -> str:
    """A mention's number in the draw: of its place and pair, not of what else was emitted."""
    pair = "-".join(sorted((mention["source_code"], mention["target_code"])))
    place = f"{seed}|{document}|{mention['trigger_start']}|{pair}"
    return hashlib.sha256(place.encode()).hexdigest()


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def draw(name: str, number: int, size: int, folder: Path, documents: int | None = None) -> None:
    """Write a worksheet: what to read, the coder's rows, and a table for the verdicts."""
    seed = f"{name}_r{number}"
    items = {i["id"]: i for i in read_source(SETS[name])}
    used = {j["document_id"] for file, j in read_kept() if file != seed} | read_in_full()
    version = load_coder(settings()).version
    fresh = sorted((k for k in items if k not in used), key=lambda k: sha(f"{seed}|{k}"))
    emitted = [
        (line["id"], mention)
        for line in code_all(items[k] for k in fresh[:documents])
        for mention in line["mentions"]
        if is_between_states(mention)
    ]
    sample = sorted(emitted, key=lambda e: lottery(seed, *e))[:size]
    sample.sort(key=lambda e: (e[0], e[1]["trigger_start"]))
    target = folder / seed
    target.mkdir(parents=True, exist_ok=True)
    rows, sheet = [], []
    for n, (document, m) in enumerate(sample, 1):
        item = items[document]
        body = document_from_dict(item).body
        rows.append(
            {
                "set": name,
                "round": number,
                "file": SETS[name],
                "document_id": document,
                **{k: m[k] for k in ("sentence_number", "sentence_start", "sentence_end")},
                "sentence_sha256": sha(body[m["sentence_start"] : m["sentence_end"]]),
                "trigger_start": m["trigger_start"],
                "coder_version": version,
                "row": {
                    **{k: m[k] for k in ROW},
                    "attribution": [a["kind"] for a in m["attribution"]],
                },
            }
        )
        before = body[max(0, m["sentence_start"] - 700) : m["sentence_start"]]
        after = body[m["sentence_end"] : m["sentence_end"] + 300]
        sheet.append(
            f"### {n}  {document}  {item['published']}  {item.get('title', '')}\n...{before}\n"
            f">>> {m['sentence']}\n{after}...\n"
            f"{m['source_text']!r} {m['source_code']} ({m['source_role']}) "
            f"{'<->' if m['is_reciprocal'] else '->'} "
            f"{m['target_text']!r} {m['target_code']} ({m['target_role']}) | "
            f"{m['event_type']}/{m['event_mode']} {m['trigger_text']!r} | {m['status']} | "
            f"{m['event_date_start']}..{m['event_date_end']} {m['date_precision']} "
            f"{m['date_basis']} | "
            + " <- ".join(f"{a['kind']}:{a['name']}:{a['country_code']}" for a in m["attribution"])
            + f" | {m['rule_id']} {m['confidence']:.2f}\n"
        )
    (target / "rows.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    (target / "sheet.md").write_text("\n".join(sheet), encoding="utf-8")
    template = target / "verdicts.tsv"
    if not template.exists():
        template.write_text("number\twrong\tkind\treason\n", encoding="utf-8")
    print(f"{len(emitted)} mentions between states by {version}; {len(rows)} drawn into {target}")


def keep(target: Path) -> None:
    """Join a worksheet's rows with its verdicts; refuse what is not judged.

    `verdicts.tsv` has a line per number: the wrong axes by comma (empty: all right; `pair` alone
    where there is no such relation; with a question mark where another reader might accept it;
    with a minus sign what cannot be judged), the kind of error, the reason.
    """
    rows = [json.loads(line) for line in (target / "rows.jsonl").read_text().splitlines()]
    with (target / "verdicts.tsv").open(encoding="utf-8") as source:
        verdicts = {
            int(v["number"]): v
            for v in csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE)
        }
    if missing := set(range(1, len(rows) + 1)) - set(verdicts):
        raise SystemExit(f"not judged: {sorted(missing)}")
    with (KEPT / f"{target.name}.jsonl").open("w", encoding="utf-8") as kept:
        for n, row in enumerate(rows, 1):
            given = verdicts[n]
            marks = [axis.strip() for axis in given["wrong"].split(",") if axis.strip()]
            open_ = {axis[:-1] for axis in marks if axis.endswith("-")}
            marks = [axis for axis in marks if not axis.endswith("-")]
            wrong = [axis.rstrip("?") for axis in marks]
            decisive = [mark for mark in marks if mark.rstrip("?") in DECISIVE]
            if unknown := set(wrong) - set(AXES):
                raise SystemExit(f"{n}: unknown axes {sorted(unknown)}")
            judged: dict[str, bool | None] = {axis: axis not in wrong for axis in AXES}
            judged |= dict.fromkeys(open_)
            if "pair" in wrong:  # nothing is left to judge
                judged = {**dict.fromkeys(AXES), "pair": False}
            row |= {
                "verdicts": judged,
                "fully_right": all(judged[axis] for axis in DECISIVE),
                "arguable": bool(decisive) and all(m.endswith("?") for m in decisive),
                "kind": given["kind"],
                "reason": given["reason"],
            }
            kept.write(json.dumps(row, ensure_ascii=False) + "\n")


def share(values: list[bool]) -> dict[str, Any]:
    """A share with Wilson's 95 % interval (Wilson 1927)."""
    if not values:
        return {"right": 0, "of": 0}
    found = binomtest(sum(values), len(values)).proportion_ci(method="wilson")
    ends = {"share": sum(values) / len(values), "lo": float(found.low), "hi": float(found.high)}
    return {"right": sum(values), "of": len(values), **{k: round(v, 3) for k, v in ends.items()}}


def score() -> dict[str, Any]:
    """Return precision by file and axis (axes after `pair`: given the right pair), and kinds."""
    files: dict[str, list[Judgement]] = defaultdict(list)
    for file, judgement in read_kept():
        files[file].append(judgement)
    answer: dict[str, Any] = {}
    for file, judged in files.items():
        axes = {a: [j["verdicts"][a] for j in judged] for a in AXES}
        answer[file] = {
            "coder_version": sorted({j["coder_version"] for j in judged}),
            "fully_right": share([j["fully_right"] for j in judged]),
            "fully_right_or_arguable": share([j["fully_right"] or j["arguable"] for j in judged]),
            **{a: share([v for v in values if v is not None]) for a, values in axes.items()},
            "kinds": dict(Counter(j["kind"] for j in judged if not j["fully_right"]).most_common()),
        }
    return answer


def replay() -> dict[str, Any]:
    """Run today's coder on the judged documents: what was right and is there, wrong and is gone.

    A regression measure, no precision: what is new since then was never judged.
    """
    by_source: dict[str, list[tuple[str, Judgement]]] = defaultdict(list)
    for file, judgement in read_kept():
        by_source[judgement["file"]].append((file, judgement))
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for source, judged in by_source.items():
        if not (DATA / source).exists():
            print(f"{source} is not here: not replayed", file=sys.stderr)
            continue
        wanted = {j["document_id"] for _, j in judged}
        today = {
            line["id"]: {signature(line["id"], m["sentence_start"], m) for m in line["mentions"]}
            for line in code_all(i for i in read_source(source) if i["id"] in wanted)
        }
        for file, j in judged:
            there = (
                signature(j["document_id"], j["sentence_start"], j["row"])
                in today[j["document_id"]]
            )
            word = "right" if j["fully_right"] else "wrong"
            counts[file][f"{word}_{'there' if there else 'gone'}"] += 1
    return {
        "coder_version": load_coder(settings()).version,
        **{k: dict(v) for k, v in counts.items()},
    }


def recall() -> dict[str, Any]:
    """Run today's coder on documents read in full: how many of their relations it finds.

    Relations that a reader may leave out (`is_required` false) count neither way; mentions that
    match nothing written down are counted as `besides`, for somebody to read.
    """
    answer: dict[str, Any] = {"coder_version": load_coder(settings()).version}
    for path in sorted(KEPT.glob("recall_r*.jsonl")):
        read = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        by_source: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(dict)
        for document in read:
            by_source[document["file"]][document["document_id"]] = document["relations"]
        for source, relations in by_source.items():
            if not (DATA / source).exists():
                print(f"{source} is not here: not measured", file=sys.stderr)
                continue
            items = [i for i in read_source(source) if i["id"] in relations]
            found: list[tuple[bool, bool]] = []
            emitted = besides = 0
            for line in code_all(items):
                mentions = [m for m in line["mentions"] if is_between_states(m)]
                written = relations[line["id"]]
                emitted += len(mentions)
                hits = assign(mentions, written)
                besides += len(mentions) - len(hits)
                found += [
                    (n in hits, hits.get(n, False))
                    for n, relation in enumerate(written)
                    if relation["is_required"]
                ]
            answer[f"{path.stem} {source}"] = {
                "documents": len(items),
                "pair_and_quad": share([pair for pair, _ in found]),
                "fully_right": share([exact for _, exact in found]),
                "emitted": emitted,
                "besides": besides,
            }
    return answer


def assign(mentions: list[dict[str, Any]], relations: list[dict[str, Any]]) -> dict[int, bool]:
    """Return, by number of the relation, whether its mention is exact; each mention serves once."""
    pairs = sorted(
        (not is_exact(m, r), not r["is_required"], i, n)
        for i, m in enumerate(mentions)
        for n, r in enumerate(relations)
        if is_same(m, r)
    )
    hits: dict[int, bool] = {}
    used: set[int] = set()
    for inexact, _, i, n in pairs:
        if i not in used and n not in hits:
            used.add(i)
            hits[n] = not inexact
    return hits


def is_same(mention: dict[str, Any], relation: dict[str, Any]) -> bool:
    """Tell whether a mention is of this relation: sentence, pair (either way), quad class."""
    return (
        mention["sentence_start"] == relation["sentence_start"]
        and {mention["source_code"], mention["target_code"]}
        == {relation["source_code"], relation["target_code"]}
        and QUADS[mention["event_type"]] in {QUADS[t] for t in relation["event_types"]}
    )


def is_exact(mention: dict[str, Any], relation: dict[str, Any]) -> bool:
    """Tell whether direction and status are right, too (no statuses: any)."""
    return (
        mention["is_reciprocal"] == relation["is_reciprocal"]
        and (relation["is_reciprocal"] or mention["source_code"] == relation["source_code"])
        and (not relation["statuses"] or mention["status"] in relation["statuses"])
    )


def signature(document: str, start: int, row: dict[str, Any]) -> tuple[object, ...]:
    """What a verdict hangs on: sentence, pair, direction, quad class, status."""
    codes = (row["source_code"], row["target_code"])
    pair = tuple(sorted(codes)) if row["is_reciprocal"] else codes
    return (document, start, pair, QUADS.get(row["event_type"], 0), row["status"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    drawing = verbs.add_parser("draw")
    drawing.add_argument("set", choices=SETS)
    drawing.add_argument("--round", type=int, required=True)
    drawing.add_argument("--size", type=int, default=75)
    drawing.add_argument("--documents", type=int, help="of so many documents, drawn likewise")
    drawing.add_argument("--worksheet", type=Path, required=True, help="a folder elsewhere")
    verbs.add_parser("keep").add_argument("worksheet", type=Path)
    verbs.add_parser("score")
    verbs.add_parser("replay")
    verbs.add_parser("recall")
    arguments = parser.parse_args()
    if arguments.verb in ("draw", "replay", "recall") and not (DATA / "dev").exists():
        print("the development data are not here: nothing to read", file=sys.stderr)
        return 0
    if arguments.verb == "draw":
        draw(
            arguments.set,
            arguments.round,
            arguments.size,
            arguments.worksheet,
            arguments.documents,
        )
    elif arguments.verb == "keep":
        keep(arguments.worksheet)
    else:
        print(
            json.dumps(
                {"score": score, "replay": replay, "recall": recall}[arguments.verb](), indent=1
            )
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
