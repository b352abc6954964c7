"""Workers that die, hang or cannot import the main module cost the item they were at, no more."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from detente.parallel import Pool

# What the worker does with an item; this module is importable, so the workers find it.
DEADLY = {"exit": lambda: os._exit(3), "abort": os.abort, "hang": lambda: time.sleep(60)}


def shout(batch):
    return [(DEADLY[item]() if item in DEADLY else None) or item.upper() for item in batch]


def note(item, why):
    return f"{item}: {why}"


@pytest.mark.parametrize(("poison", "why"), [
    ("exit", "killed its process"), ("abort", "killed its process"), ("hang", "longer than 4 s"),
])  # fmt: skip
def test_given_a_poisonous_item_then_it_alone_is_lost_and_the_order_kept(poison, why):
    items = [f"a{n}" for n in range(20)]
    items.insert(9, poison)
    results = list(Pool(shout, note, batch_size=4, item_seconds=4).map(items, workers=2))
    assert [r for r in results if not r.startswith(poison)] == [f"A{n}" for n in range(20)]
    assert results[9].startswith(poison) and why in results[9]


def test_given_an_iterator_then_it_is_read_only_a_few_batches_ahead():
    taken = []

    def source():
        for number in range(1000):
            taken.append(number)
            yield f"i{number}"

    results = Pool(shout, note, batch_size=4).map(source(), workers=1)
    assert next(results) == "I0" and len(taken) <= 16
    results.close()


def test_given_a_main_module_that_cannot_be_imported_then_workers_start_all_the_same(tmp_path):
    script = tmp_path / "main.py"
    script.write_text(
        textwrap.dedent(f"""
        import sys
        if __name__ != "__main__":
            raise RuntimeError("imported again")
        sys.path.insert(0, {os.path.dirname(__file__)!r})
        from test_parallel import note, shout
        from detente.parallel import Pool
        print(list(Pool(shout, note).map(["a", "b"], workers=2)))
    """)
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "['A', 'B']", done.stderr


def shout_from_a_daemon(queue):
    queue.put(list(Pool(shout, note).map(["a", "b"], workers=1)))


@pytest.mark.parametrize("kind", ["multiprocessing", "billiard"])
def test_given_a_daemonic_parent_then_workers_start_all_the_same(kind):
    """A task on a Celery worker runs below one, made by billiard, which is Celery's own."""
    context = pytest.importorskip(kind, reason="comes with detente[celery]").get_context("fork")
    queue = context.Queue()
    parent = context.Process(target=shout_from_a_daemon, args=(queue,), daemon=True)
    parent.start()
    assert queue.get(timeout=60) == ["A", "B"]
    parent.join()


def who(batch):
    return [os.getpid() for _ in batch]


def test_given_a_parent_that_is_killed_then_its_workers_end_too():
    script = textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {os.path.dirname(__file__)!r})
        from test_parallel import note, who
        from detente.parallel import Pool
        results = Pool(who, note, batch_size=1).map(range(9), workers=1)
        print(next(results), flush=True)
        sys.stdin.read()
    """)
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    os.kill(worker, 0)
    parent.kill()
    parent.wait()
    for _ in range(600):
        if not _is_alive(worker):
            return
        time.sleep(0.1)
    pytest.fail("the worker is still there")


def _is_alive(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
