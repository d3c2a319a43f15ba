"""Processes of our own that do pieces of work one by one: one that dies or takes too long is replaced, and costs the piece that it was at, nothing else."""

from __future__ import annotations

import contextlib
import gc
import itertools
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

from dagcheck.records import dataclass, field

Item = TypeVar("Item")

_AHEAD = 3
"""How many pieces a process is given at a time, so that it does not wait for the next one."""

_LOOK_AROUND = 5.0
_DONE = b"+"
_LARGEST_ANSWER = 256 * 1024 * 1024


@dataclass(frozen=True)
class Lost:
    """In place of an answer: the process died at this piece or was ended, and how."""

    reason: str


@dataclass(frozen=True)
class Limits:
    """What one piece of work may take: seconds on the clock, and bytes of memory beyond what the program has when it begins."""

    seconds: float = 60.0
    memory: int = 2 * 1024**3


@dataclass
class _Worker:
    process: BaseProcess
    line: Connection
    share: deque[int]
    """The pieces that wait for it. They are neighbours: files beside each other are alike, and what was worked out for one serves the next."""
    pieces: deque[int] = field(default_factory=deque)
    """The pieces that it was given and has not answered for, the one that it is at first."""
    since: float = 0.0

    def end(self) -> None:
        self.line.close()
        self.process.kill()
        self.process.join()


class Crew(Generic[Item]):
    """`count` processes that do `work` (a function that can be pickled where processes are not forked) on items."""

    def __init__(self, work: Callable[[Item], bytes], count: int, limits: Limits) -> None:
        self._work, self._count, self._limits = work, count, limits
        self._context: Any = multiprocessing.get_context("fork" if _may_fork() else "spawn")
        self._workers: list[_Worker] = []

    def run(self, items: Sequence[Item]) -> Iterator[tuple[int, bytes | Lost]]:
        """The answers with the numbers of their items, as they come; ends when there is one for each."""
        gc.freeze()  # what the processes share with us stays shared
        try:
            self._workers = [self._start(items, share) for share in _shares(len(items), self._count)]
            for worker in self._workers:
                self._give(worker)
            while any(worker.pieces for worker in self._workers):
                yield from self._listen(items)
        finally:
            gc.unfreeze()
            for worker in self._workers:
                worker.end()

    def _listen(self, items: Sequence[Item]) -> Iterator[tuple[int, bytes | Lost]]:
        busy = {worker.line: worker for worker in self._workers if worker.pieces}
        earliest = min(worker.since for worker in busy.values()) + self._limits.seconds
        ready = wait(list(busy), max(0.0, earliest - time.monotonic()))
        for line in ready:
            worker = busy[line]  # type: ignore[index] # wait gives back what it was given
            try:
                answer = worker.line.recv_bytes(_LARGEST_ANSWER)
            except (EOFError, OSError):
                yield worker.pieces.popleft(), Lost(self._how(worker))
                worker = self._replace(worker, items)
            else:
                yield worker.pieces.popleft(), answer[1:] if answer[:1] == _DONE else Lost(answer[1:].decode())
                worker.since = time.monotonic()
            self._give(worker)
        for worker in [worker for worker in busy.values() if worker.pieces and worker in self._workers]:
            if time.monotonic() - worker.since > self._limits.seconds and not worker.line.poll():
                yield worker.pieces.popleft(), Lost(f"took longer than {self._limits.seconds:g} seconds")
                self._give(self._replace(worker, items))

    def _give(self, worker: _Worker) -> None:
        """Hand out pieces until the worker has enough: of its own share, then the last ones of the largest share that is left."""
        while len(worker.pieces) < _AHEAD:
            share = worker.share or max((other.share for other in self._workers), key=len)
            if not share:
                return
            if not worker.pieces:
                worker.since = time.monotonic()
            worker.pieces.append(share.popleft() if share is worker.share else share.pop())
            try:
                worker.line.send_bytes(str(worker.pieces[-1]).encode())
            except OSError:  # it died; that is told when its answer is read
                return

    def _replace(self, worker: _Worker, items: Sequence[Item]) -> _Worker:
        """A new process in place of one that is of no use any more; the pieces that it had not begun wait again."""
        worker.share.extendleft(reversed(worker.pieces))
        worker.pieces.clear()
        worker.end()
        fresh = self._start(items, worker.share)
        self._workers[self._workers.index(worker)] = fresh
        return fresh

    @staticmethod
    def _how(worker: _Worker) -> str:
        worker.process.join(1.0)
        code = worker.process.exitcode
        if code is not None and code < 0:
            try:
                return f"made the process that looked at it die ({signal.Signals(-code).name})"
            except ValueError:
                return f"made the process that looked at it die (signal {-code})"
        return f"made the process that looked at it end (exit status {code})" if code else "made the process that looked at it end"

    @contextlib.contextmanager
    def _nothing_from_the_working_directory(self) -> Iterator[None]:
        """Inside, a new interpreter does not look for modules in the folder that it is started in, which is the project's."""
        if self._context.get_start_method() == "fork":
            yield
            return
        before = os.environ.get("PYTHONSAFEPATH")
        os.environ["PYTHONSAFEPATH"] = "1"
        try:
            yield
        finally:
            if before is None:
                del os.environ["PYTHONSAFEPATH"]
            else:
                os.environ["PYTHONSAFEPATH"] = before

    def _start(self, items: Sequence[Item], share: deque[int]) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._work, items, self._limits.memory), daemon=True)
        with self._nothing_from_the_working_directory():
            process.start()
        theirs.close()
        return _Worker(process, ours, share)


def _shares(length: int, count: int) -> list[deque[int]]:
    """The numbers below `length` in at most `count` runs of about the same length, none of them empty."""
    count = min(count, length)
    ends = [length * number // count for number in range(count + 1)] if count else []
    return [deque(range(first, last)) for first, last in itertools.pairwise(ends)]


def _may_fork() -> bool:
    """Forking is quick, and safe where nothing else of this process runs at the same time."""
    return sys.platform == "linux" and threading.active_count() == 1


def _serve(line: Connection, work: Callable[[Any], bytes], items: Sequence[Any], memory: int) -> None:
    """A process's life: answer for each item whose number it is told, until there is nobody to answer to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _bound_memory(memory)
    parent = os.getppid()
    while True:
        try:
            while not line.poll(_LOOK_AROUND):
                if os.getppid() != parent:
                    return
            line.send_bytes(_answer(work, items[int(line.recv_bytes())]))
        except (EOFError, OSError):
            return


def _answer(work: Callable[[Any], bytes], item: Any) -> bytes:
    try:
        return _DONE + work(item)
    except MemoryError:
        return b"-takes more memory than there may be for a file"


def _bound_memory(more: int) -> None:
    """Let this process have that many bytes beyond what it has now, where the platform can do so."""
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (now + more if hard == resource.RLIM_INFINITY else min(now + more, hard), hard))
    except (ImportError, OSError, ValueError):
        return
