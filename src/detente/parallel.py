"""Work on all cores: worker processes that may die or hang, and cost the one item they were at."""

from __future__ import annotations

import os
import sys
import threading
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.popen_spawn_posix import Popen
from multiprocessing.process import (  # type: ignore[attr-defined]
    AuthenticationString,
    BaseProcess,
    current_process,
    parent_process,
)
from typing import Generic, TypeVar, cast

Item = TypeVar("Item")
Result = TypeVar("Result")

_main_is_hidden = threading.Lock()


class _Process(SpawnProcess):
    """A spawned process that does not import the parent's main module.

    That module is somebody else's: a script without ``if __name__ == "__main__"``, or Airflow's
    own, which refuses to be imported below a task.
    """

    def start(self) -> None:
        """Start, also below a worker of Celery's: a daemonic process of its own kind.

        Daemons may have no children, which would be orphaned; ours end with their parent (`_begin`).
        And a key of that other kind refuses to be sent to a child.
        """
        parent: dict[str, object] = vars(current_process())["_config"]
        kept = dict(parent)
        parent.pop("daemon", None)
        key = AuthenticationString(cast("bytes", parent["authkey"]))
        parent["authkey"] = vars(self)["_config"]["authkey"] = key
        try:
            super().start()
        finally:
            parent.update(kept)

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Popen:
        with _main_is_hidden:
            main = sys.modules["__main__"]
            sys.modules["__main__"] = types.ModuleType("__main__")
            try:
                return Popen(process_obj)
            finally:
                sys.modules["__main__"] = main


class _Context(SpawnContext):
    # spawn, never fork: the parent may hold threads and database locks
    Process = _Process


@dataclass(frozen=True)
class Pool(Generic[Item, Result]):
    """How items are worked on.

    Attributes:
        work: takes a batch, returns its results in order; a function of a module.
        lost: makes the result of an item whose worker died or hung, from the item and why.
        batch_size: items per message; large enough to be cheap, small enough to be repeated.
        item_seconds: an item that takes longer is given up.
        start: called once in every worker.
    """

    work: Callable[[list[Item]], list[Result]]
    lost: Callable[[Item, str], Result]
    batch_size: int = 32
    item_seconds: float = 60.0
    start: Callable[[], None] | None = None

    def map(self, items: Iterable[Item], workers: int) -> Iterator[Result]:
        """Yield the items' results in order; items are taken a few batches ahead only."""
        source = iter(items)
        executor = self._executor(workers)
        waiting: deque[tuple[list[Item], Future[list[Result]]]] = deque()
        try:
            while True:
                while len(waiting) < workers * 3 and (
                    batch := list(islice(source, self.batch_size))
                ):
                    waiting.append((batch, executor.submit(self.work, batch)))
                if not waiting:
                    return
                batch, future = waiting.popleft()
                try:
                    yield from future.result(self.item_seconds * len(batch))
                except (BrokenProcessPool, FutureTimeoutError):
                    _kill(executor)
                    yield from self._one_by_one(batch)
                    executor = self._executor(workers)
                    waiting = deque((b, executor.submit(self.work, b)) for b, _ in waiting)
        finally:
            _kill(executor)

    def _executor(self, workers: int) -> ProcessPoolExecutor:
        """Start workers; a `start` that fails fails here, not once an item."""
        executor = ProcessPoolExecutor(
            workers, mp_context=_Context(), initializer=_begin, initargs=(self.start,)
        )
        executor.submit(int).result()
        return executor

    def _one_by_one(self, batch: list[Item]) -> Iterator[Result]:
        """Find the item that ends a worker: each alone, a new process after each death."""
        executor = self._executor(1)
        try:
            for item in batch:
                try:
                    yield from executor.submit(self.work, [item]).result(self.item_seconds)
                except (BrokenProcessPool, FutureTimeoutError) as error:
                    _kill(executor)
                    executor = self._executor(1)
                    took = isinstance(error, FutureTimeoutError)
                    why = (
                        f"took longer than {self.item_seconds:.0f} s"
                        if took
                        else "killed its process"
                    )
                    yield self.lost(item, why)
        finally:
            _kill(executor)


def _begin(start: Callable[[], None] | None) -> None:
    """Set up a worker; one whose parent was killed would wait for its next item for ever."""
    parent = parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    if start is not None:
        start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _kill(executor: ProcessPoolExecutor) -> None:
    processes = list((executor._processes or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.kill()
