"""The harness's side of Python tasks: starts the child process of a DAG file, asks it for attempts, and answers what these ask of the world."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagcheck.harness.forking import Fork
from dagcheck.harness.history import Run
from dagcheck.harness.patience import STRETCH, processor_time_of, waits_for_a_processor
from dagcheck.harness.python.moving import moves
from dagcheck.harness.python.session import Session
from dagcheck.harness.python.wire import Broken, Late, Line
from dagcheck.harness.sql.database import Database
from dagcheck.harness.world import OutOfTime, Situation, State, Trace

ATTEMPT_SECONDS = 3.0
READING_SECONDS = 20.0


class Unreadable(RuntimeError):
    """The DAG file cannot be read by the child process; `line` is where it failed."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class Child:
    """The child process of one DAG file; started when the first attempt needs it, and again when it has died."""

    file: Path
    roots: Sequence[Path] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    left: Callable[[], float] = lambda: math.inf
    """The seconds that are left for the DAG."""
    process: subprocess.Popen[bytes] | None = None
    line: Line | None = None
    scratch: Path | None = None
    before: float = 0.0
    """The processor time of processes that were stopped."""

    def ready(self) -> Line:
        """The line to a running child.

        Raises:
            Unreadable: the file cannot be read.
        """
        if self.line is None:
            self._start()
        assert self.line is not None
        return self.line

    def _start(self) -> None:
        self.scratch = Path(tempfile.mkdtemp(prefix="dagcheck-rerun-")).resolve()
        there_reading, here_writing = os.pipe()
        here_reading, there_writing = os.pipe()
        command = [
            sys.executable,
            "-m",
            "dagcheck.harness.python.server",
            str(there_reading),
            str(there_writing),
            str(self.file),
            str(self.scratch),
        ]
        try:
            self.process = subprocess.Popen(
                [*command, *map(str, self.roots)],
                pass_fds=(there_reading, there_writing),
                env=self._environment(),
                cwd=self.scratch,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        finally:
            os.close(there_reading)
            os.close(there_writing)
        self.line = Line(here_reading, here_writing)
        self._greet(self.line)

    def _greet(self, line: Line) -> None:
        seconds = max(1.0, min(READING_SECONDS, self.left()))
        try:
            line.send({"variables": dict(self.variables)})
            answer = self.heard(line, seconds)
        except Late:
            self.stop()
            if seconds < READING_SECONDS and self.left() < 1.0:
                raise OutOfTime from None
            raise Unreadable(f"reading the file took longer than {seconds:.0f} s") from None
        except Broken:
            self.stop()
            raise Unreadable("reading the file ended the process") from None
        if answer["is"] == "unreadable":
            self.stop()
            raise Unreadable(f"reading the file fails: {answer['error']}", answer.get("line"))

    def heard(self, line: Line, seconds: float, attempt: int | None = None) -> dict[str, Any]:
        """The next message; while its process could work and is not let, it gets more time, up to `STRETCH` times as much.

        Raises:
            Late: it did not come in time.
            Broken: the process is gone.
        """
        ends = time.monotonic() + STRETCH * seconds
        while True:
            try:
                return line.receive(seconds)
            except Late:
                working = attempt if attempt is not None else self.process.pid if self.process is not None else 0
                if time.monotonic() > ends - seconds / 2 or processor_time_of(working) > seconds / 2 or not waits_for_a_processor(working):
                    raise

    def worked(self) -> float:
        """The processor time that the child has had, in seconds."""
        return self.before + (processor_time_of(self.process.pid) if self.process is not None else 0.0)

    def _environment(self) -> dict[str, str]:
        """The environment of the child: what Python needs, what the configuration gives, and nothing else, so that no secret goes with it."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "SYSTEMROOT") if name in os.environ}
        own = str(Path(__file__).resolve().parents[3])
        paths = [own, *[path for path in sys.path if path and Path(path).is_dir()]]
        home = str(self.scratch)
        return {
            **kept,
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONHASHSEED": "0",
            "PYTHONWARNINGS": "ignore",
            "HOME": home,
            "AIRFLOW_HOME": home,
            "TZ": "UTC",
            **self.env,
        }

    def stop(self) -> None:
        """End the child with all that it has started."""
        self.before = self.worked()
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self.line is not None:
            os.close(self.line.reading)
            os.close(self.line.writing)
        if self.scratch is not None:
            shutil.rmtree(self.scratch, ignore_errors=True)
        self.process = self.line = self.scratch = None


@dataclass(frozen=True)
class Called:
    """What an attempt calls, as the child is told it: a function, or the `execute` of an operator; and the lines of the file that say it."""

    request: Mapping[str, Any]
    path: Path
    line: int
    end_line: int


class PythonActor:
    """Plays the attempts of a Python task."""

    def __init__(
        self,
        task_id: str,
        called: Called,
        calls: Mapping[int, tuple[Sequence[Any], Mapping[str, Any]]],
        child: Child,
        database: Database,
        dag_id: str,
        runs: Sequence[Run],
        params: Mapping[str, Any],
        fork: Fork | None = None,
    ) -> None:
        self.fork = fork
        self.task_id, self.called, self.calls, self.child, self.database = task_id, called, calls, child, database
        self.dag_id, self.runs, self.params = dag_id, runs, params
        self.memory: dict[Any, Trace] = {}
        self.refused: dict[str, None] = {}
        """What the callable tried and was not allowed, in some attempt."""
        self.moving, self.reread = moves(called.path, called.line, called.end_line, child.roots)

    def attempt(self, situation: Situation, state: State, first: int = 0) -> Trace:
        """See `Actor`. Where the project's source has no word of clock or chance, the same attempt on the same world is played once."""
        moved = (situation.clock, situation.number, situation.try_number, situation.last_success) if self.moving else None
        key = (situation.instance, moved, frozenset(state.items()))
        if key not in self.memory:
            self.memory[key] = self._attempt(situation, state)
            self.refused.update(dict.fromkeys(self.memory[key].refused))
        return self.memory[key]

    def can_hold(self) -> bool:
        return False

    def _attempt(self, situation: Situation, state: State) -> Trace:
        session = Session(self.database, situation, state)
        line = self.child.ready()
        pid: int | None = None
        left = max(0.1, self.child.left())
        try:
            line.send(self._request(situation, session))
            while (message := self.child.heard(line, min(ATTEMPT_SECONDS, left), pid))["is"] != "ended":
                if message["is"] == "started":
                    pid = message["process"]
                    continue
                answer = session.heard(message)
                if answer is not None:
                    line.send(answer)
            return session.trace(message["status"], self.fork)
        except Late:
            self._end(pid)
            if left < ATTEMPT_SECONDS:
                raise OutOfTime from None
            return session.failed(f"it did not end within {ATTEMPT_SECONDS:.0f} s", hopeless=True)
        except Broken:
            self._end(pid)
            return session.failed("its process broke off")

    def _end(self, pid: int | None) -> None:
        """End an attempt that does not end by itself; the child process is started anew for the next one."""
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        self.child.stop()

    def _request(self, situation: Situation, session: Session) -> dict[str, Any]:
        args, kwargs = self.calls[situation.instance.index]
        return {
            **self.called.request,
            "reread": self.reread,
            "wants_result": self.fork is not None,
            "args": list(args),
            "kwargs": dict(kwargs),
            "files": session.files,
            "variables": session.variables,
            "xcoms": [session.xcoms(run) for run in range(situation.instance.run, -1, -1)],
            "clock": situation.clock,
            "number": situation.number,
            "try_number": situation.try_number,
            "run": situation.instance.run,
            "task": situation.instance.task,
            "index": situation.instance.index,
            "last": situation.last_success.index if situation.last_success is not None else None,
            "runs": [(run.index, run.run_id, run.logical_date, run.start, run.end, run.run_after) for run in self.runs],
            "dag": self.dag_id,
            "params": dict(self.params),
        }
