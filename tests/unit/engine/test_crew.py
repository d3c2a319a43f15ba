"""Processes that work on pieces: every piece is answered once, and one that costs a process its life costs nothing else."""

import faulthandler
import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from dagcheck.engine.crew import Crew, Limits, Lost

LIMITS = Limits(seconds=20.0, memory=512 * 1024**2)


def work(item: str) -> bytes:
    """What an item asks for."""
    word, _, rest = item.partition(" ")
    if word == "exit":
        os._exit(int(rest))
    if word == "signal":
        faulthandler.disable()
        os.kill(os.getpid(), int(rest))
    if word == "sleep":
        time.sleep(float(rest))
    if word == "eat":
        return b"x" * len(bytearray(int(rest)))
    return item.encode()


def answers(items: list[str], count: int = 2, limits: Limits = LIMITS) -> list[bytes | Lost]:
    found = dict(Crew(work, count, limits).run(items))
    assert sorted(found) == list(range(len(items)))
    return [found[number] for number in range(len(items))]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_piece_is_answered(count: int) -> None:
    items = [f"say {number}" for number in range(40)]
    assert answers(items, count) == [item.encode() for item in items]


def test_no_pieces_need_no_processes() -> None:
    assert answers([]) == []


@pytest.mark.parametrize(
    ("deadly", "reason"),
    [
        (f"signal {signal.SIGSEGV.value}", "made the process that looked at it die (SIGSEGV)"),
        (f"signal {signal.SIGKILL.value}", "made the process that looked at it die (SIGKILL)"),
        ("exit 3", "made the process that looked at it end (exit status 3)"),
        ("exit 0", "made the process that looked at it end"),
    ],
)
@pytest.mark.parametrize("count", [1, 3])
def test_a_piece_that_kills_its_process_is_lost_and_the_others_are_answered(deadly: str, reason: str, count: int) -> None:
    items = ["a", deadly, "b", "c", deadly, "d", "e"]
    assert answers(items, count) == [Lost(reason) if item == deadly else item.encode() for item in items]


def test_a_piece_that_takes_too_long_is_lost_and_the_others_are_answered() -> None:
    items = ["a", "sleep 60", "b", "c"]
    began = time.monotonic()
    found = answers(items, 2, Limits(seconds=0.5, memory=LIMITS.memory))
    assert found == [b"a", Lost("took longer than 0.5 seconds"), b"b", b"c"]
    assert time.monotonic() - began < 10


def test_a_process_may_not_take_more_memory_than_it_may() -> None:
    assert answers(["a", f"eat {2 * 1024**3}", "b"]) == [b"a", Lost("takes more memory than there may be for a file"), b"b"]


def test_processes_end_with_the_work(tmp_path: Path) -> None:
    def note(item: str) -> bytes:
        (tmp_path / str(os.getpid())).touch()
        return b""

    list(Crew(note, 2, LIMITS).run(["a"] * 10))
    for path in tmp_path.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.name), 0)


def test_processes_end_when_nobody_listens_any_more() -> None:
    running = Crew(partial(work), 2, LIMITS).run(["sleep 0", "sleep 0", "sleep 60"])
    next(running)
    running.close()
