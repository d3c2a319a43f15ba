"""How fast `dagcheck check` is, each time against a yardstick that is measured in turn with it, so that what counts is the ratio and not the machine.

Usage: python benchmarks/speed.py [PART ...] [--rounds 5] [--many 10000] [--airflow-python PATH]

Parts: warm, touched, single, cold, dagbag, many, tasks, project; default: all. The files are those of `corpus.py`, in a temporary folder. `dagbag` needs an interpreter with a
real Airflow; default: the newest that tests/oracle/environments.py has made.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

PASS = [sys.executable, "-c", "pass"]
LIBCST = [sys.executable, "-c", "import libcst"]
PARSE = [
    sys.executable,
    "-c",
    "import sys, libcst\nfrom pathlib import Path\nfor path in sorted(Path(sys.argv[1]).rglob('*.py')):\n    libcst.parse_module(path.read_bytes())",
]
DAGBAG = """
import logging, os, sys
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW_HOME"] = os.path.abspath("airflow-home")
os.environ["AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT"] = "600"
logging.disable(logging.CRITICAL)
try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:
    from airflow.models.dagbag import DagBag
print(len(DagBag(sys.argv[1]).dags))
"""


class Measured(NamedTuple):
    """The least seconds that a run took, and the most memory (bytes) that all of its processes had together, if that was asked for."""

    seconds: float
    memory: int = 0


class Line(NamedTuple):
    """One line of the table: what was measured, against what, and what is aimed at."""

    what: str
    own: float
    yardstick: str
    other: float
    aim: str

    def __str__(self) -> str:
        ratio = self.own / self.other if self.other else 0.0
        return f"| {self.what} | {self.own * 1000:,.0f} ms | {self.yardstick} | {self.other * 1000:,.0f} ms | {ratio:.3g} | {self.aim} |"


class Bench:
    """The measurements over one corpus. `cache` is the folder for what dagcheck keeps between runs."""

    def __init__(self, corpus: Path, cache: Path, rounds: int) -> None:
        self.corpus, self.rounds = corpus, rounds
        self.environment = {**os.environ, "DAGCHECK_CACHE_DIR": str(cache)}

    def seconds(self, command: list[str]) -> float:
        """The time that a command takes, on the clock. It may find what it wants (exit status 1), but it must not fail."""
        begun = time.perf_counter()
        done = subprocess.run(
            command, env=self.environment, cwd=self.corpus, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        if done.returncode > 1 or ("dagcheck" in command and b"Traceback" in done.stderr):
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr.decode()}")
        return time.perf_counter() - begun

    def pair(
        self, own: list[str], other: list[str], rounds: int | None = None, before: Callable[[], None] = lambda: None
    ) -> tuple[float, float]:
        """The least times of two commands that take turns; `before` goes before each run of the first."""
        times: list[tuple[float, float]] = []
        for _ in range(rounds or self.rounds):
            before()
            times.append((self.seconds(own), self.seconds(other)))
        return min(one for one, _ in times), min(two for _, two in times)

    def check(self, *more: str) -> list[str]:
        """The command line of a check of the corpus."""
        return [
            sys.executable,
            "-m",
            "dagcheck",
            "check",
            "--quiet",
            "--format",
            "concise",
            *more,
            *([] if "dags" in "".join(more) else ["dags"]),
        ]

    def touch(self, name: str = "") -> None:
        """Change a file of the corpus so that its content is another one."""
        path = sorted((self.corpus / "dags").glob("*.py"))[0]
        path.write_text(f"{path.read_text(encoding='utf-8')}# {time.perf_counter_ns()}{name}\n", encoding="utf-8")


def warm(bench: Bench) -> Iterator[Line]:
    """Nothing changed since the last run."""
    bench.seconds(bench.check())
    count = len(list((bench.corpus / "dags").iterdir()))
    yield Line(f"{count:,} files, nothing changed", *_around(bench.pair(bench.check(), PASS, 3 * bench.rounds), "`python -c pass`"), "≤ 5")
    yield Line(f"{count:,} files, nothing changed", *_around(bench.pair(bench.check(), LIBCST), "`import libcst`"), "≤ 0.4")


def touched(bench: Bench) -> Iterator[Line]:
    """One file changed since the last run."""
    bench.seconds(bench.check())
    count = len(list((bench.corpus / "dags").iterdir()))
    times = bench.pair(bench.check(), LIBCST, before=bench.touch)
    yield Line(f"{count:,} files, one changed", *_around(times, "`import libcst`"), "≤ 1.5")


def single(bench: Bench) -> Iterator[Line]:
    """One file by its name, as a hook calls it, with nothing known."""
    name = sorted((bench.corpus / "dags").glob("*.py"))[0].name
    yield Line("one file, nothing known", *_around(bench.pair(bench.check("--no-cache", f"dags/{name}"), LIBCST), "`import libcst`"), "")


def cold(bench: Bench) -> Iterator[Line]:
    """Nothing is known of any file."""
    count = len(list((bench.corpus / "dags").iterdir()))
    for jobs in ("2", "1"):
        times = bench.pair(bench.check("--no-cache", "--jobs", jobs), [*PARSE, "dags"])
        yield Line(
            f"{count:,} files, cold, --jobs {jobs}", *_around(times, "libcst.parse_module, one process"), "≤ 1" if jobs == "2" else ""
        )


def dagbag(bench: Bench, python: str) -> Iterator[Line]:
    """Against importing the files in the real Airflow."""
    own, other = bench.pair(bench.check("--no-cache", "--jobs", "2"), [python, "-c", DAGBAG, "dags"], 1)
    yield Line("the same files, cold, --jobs 2", own, "Airflow's DagBag", other, "≤ 0.1")


def many(bench: Bench, few: Bench) -> Iterator[Line]:
    """Many files against few."""
    count, some = (len(list((one.corpus / "dags").iterdir())) for one in (bench, few))
    small = min(few.seconds(few.check("--no-cache", "--jobs", "2")) for _ in range(bench.rounds)) / some
    with peak_memory() as memory:
        large = bench.seconds(bench.check("--no-cache", "--jobs", "2")) / count
    yield Line(f"each of {count:,} files, cold, --jobs 2", large, f"each of {some:,} files", small, "≤ 1.2")
    print(f"peak memory of all processes over {count:,} files: {memory[0] / 1e6:,.0f} MB (aim: below 1,500 MB)", flush=True)
    bench.seconds(bench.check("--jobs", "2"))
    times = bench.pair(bench.check("--jobs", "2"), PASS, 2)
    yield Line(f"{count:,} files, nothing changed", *_around(times, "`python -c pass`"), "below 3 s")


def _around(times: tuple[float, float], yardstick: str) -> tuple[float, str, float]:
    return times[0], yardstick, times[1]


@contextmanager
def peak_memory() -> Iterator[list[int]]:
    """The most memory (bytes) of this process's children together, shared pages counted once; looked at ten times a second."""
    found, stopped = [0], threading.Event()

    def look() -> None:
        while not stopped.wait(0.1):
            found[0] = max(found[0], sum(map(_memory_of, _below(os.getpid()))))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        stopped.set()
        thread.join()


def _below(parent: int) -> Iterator[int]:
    try:
        children = [int(pid) for task in Path(f"/proc/{parent}/task").iterdir() for pid in (task / "children").read_text().split()]
    except OSError:  # it has ended
        return
    for child in children:
        yield child
        yield from _below(child)


def _memory_of(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def airflow_python() -> str | None:
    """The newest real Airflow that the oracle tests have."""
    from tests.oracle.environments import python_of

    return next((str(python) for release in ("3.3.2", "2.11.2") if (python := python_of(release)) is not None), None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = ("warm", "touched", "single", "cold", "dagbag", "many", "tasks", "project")
    parser.add_argument("parts", nargs="*", metavar="PART", choices=[*parts, []])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--airflow-python", default=airflow_python())
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for line in _lines(options.parts or parts, Path(folder), options):
            print(line, flush=True)


def _lines(parts: list[str] | tuple[str, ...], folder: Path, options: argparse.Namespace) -> Iterator[object]:
    import large
    from corpus import build, example_folders

    bench = Bench(folder / "few", folder / "cache", options.rounds)
    build(bench.corpus, 300, example_folders())
    yield "| what | time | against | time | ratio | aim |\n| --- | --- | --- | --- | --- | --- |"
    for name, part in (("warm", warm), ("touched", touched), ("single", single), ("cold", cold)):
        if name in parts:
            yield from part(bench)
    if "dagbag" in parts and options.airflow_python is not None:
        yield from dagbag(bench, options.airflow_python)
    if "many" in parts:
        large_bench = Bench(folder / "many", folder / "cache", options.rounds)
        build(large_bench.corpus, options.many, example_folders())
        yield from many(large_bench, bench)
    if "tasks" in parts:
        yield from large.many_tasks()
    if "project" in parts:
        yield from large.many_dags()


if __name__ == "__main__":
    main()
