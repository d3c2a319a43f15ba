"""The child's side of one attempt: what the user's code does to the world goes through here, and each durable effect is told to the harness."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from dagcheck.harness.python.seal import ABSOLUTE, TEMPORARY, Seal
from dagcheck.harness.python.wire import Line

LARGEST_FILE = 8 * 1024 * 1024


class Stopped(BaseException):
    """The harness wants no more of this attempt."""


class Link:
    """The one attempt that this process is for."""

    current: Link | None = None

    def __init__(self, line: Line, seal: Seal, paths: tuple[str, ...], variables: dict[str, Any], xcoms: Sequence[dict[str, Any]]) -> None:
        self.line, self.seal, self.paths = line, seal, paths
        self.variables, self.xcoms = variables, xcoms
        self.known: dict[str, bytes] = {}
        self.pending: tuple[str, int | None, str | None] | None = None
        self.pushed: dict[str, Any] = {}
        self.reads: set[str] = set()
        seal.on_write = self._before_write
        seal.on_read = self._read

    # -- where in the user's code

    def place(self) -> tuple[int | None, str | None]:
        """The line and path of the innermost frame that is the user's."""
        frame = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename.startswith(self.paths) and "site-packages" not in frame.f_code.co_filename:
                return frame.f_lineno, frame.f_code.co_filename
            if frame.f_back is None:
                break
            frame = frame.f_back
        return None, None

    # -- effects

    def _before_write(self, act: str, path: str) -> None:
        """Something is about to be written, or a change has just been made: what was written before it is an effect of its own."""
        if f"{os.sep}{TEMPORARY}{os.sep}" in path:
            return
        with self.unsealed():
            self.flush()
            if act:
                line, file = self.place()
                self.pending = (f"{act} of {_short(path, self.seal.root)}", line, file)
                if act.startswith("os.") and act != "os.open":
                    self.flush()

    def _read(self, path: str) -> None:
        relative = os.path.relpath(path, self.seal.root)
        if relative in self.known:
            self.reads.add(relative)

    def unsealed(self) -> _Unsealed:
        return _Unsealed(self.seal)

    def flush(self) -> None:
        """Tell of the files that have changed since the last effect, if any have."""
        now = dict(self.files())
        changed = {path: data for path, data in now.items() if self.known.get(path) != data}
        removed = [path for path in self.known if path not in now]
        if changed or removed:
            folders = all(path.endswith(os.sep) for path in (*changed, *removed))
            what, line, file = self.pending or ("a folder is made or removed" if folders else "files are written", None, None)
            self.known = now
            self.line.send({"is": "effect", "what": what, "line": line, "path": file, "files": changed, "removed": removed})
        self.pending = None

    def files(self) -> Iterator[tuple[str, bytes]]:
        """The files of the scratch root, by relative path; a folder that holds nothing ends in a slash."""
        for folder, names, files in os.walk(self.seal.root):
            names[:] = [name for name in names if name not in (TEMPORARY, "__pycache__")]
            for name in files:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and os.path.getsize(path) <= LARGEST_FILE:
                    with self.seal.real_open(path, "rb") as file:
                        yield os.path.relpath(path, self.seal.root), file.read()
            if not names and not files and folder != self.seal.root:
                yield os.path.relpath(folder, self.seal.root) + os.sep, b""

    def tell(self, what: str, **more: Any) -> None:
        """Tell of an effect that is no file."""
        line, file = self.place()
        with self.unsealed():
            self.flush()
            self.line.send({"is": "effect", "what": what, "line": line, "path": file, "files": {}, "removed": [], **more})

    def ask(self, **question: Any) -> dict[str, Any]:
        """Ask the harness and wait for its answer.

        Raises:
            Stopped: the harness does not want to go on.
        """
        line, file = self.place()
        with self.unsealed():
            self.flush()
            self.line.send({**question, "line": line, "path": file})
            answer = self.line.receive()
        if answer.get("stop"):
            raise Stopped(answer["stop"])
        return answer

    def not_played(self, reason: str) -> Any:
        """Give the attempt up: what comes now cannot be played.

        Raises:
            Stopped: always.
        """
        line, file = self.place()
        with self.unsealed():
            self.line.send({"is": "cannot", "reason": reason, "line": line, "path": file})
        raise Stopped(reason)

    def refused(self, what: str) -> None:
        line, file = self.place()
        self.line.send({"is": "refused", "what": what, "line": line, "path": file})

    # -- variables and XComs

    def set_variable(self, name: str, value: Any) -> None:
        self.variables[name] = value
        self.tell(f"Variable.set({name!r})", variables=self.variables)

    def delete_variable(self, name: str) -> None:
        self.variables.pop(name, None)
        self.tell(f"Variable.delete({name!r})", variables=self.variables)

    def push(self, key: str, value: Any) -> None:
        self.pushed[key] = kept(value)

    def pull(self, task_ids: Any, key: str, index: Any = None, prior: bool = False) -> Any:
        """An XCom of this run, or (`prior`) of the latest run up to this one that has it: one value for one task id, a list for several, or for a mapped task."""
        names = [task_ids] if isinstance(task_ids, str) else list(task_ids or ())
        values = [given_back(self._stored(f"{name}/{key}", prior), index) for name in names]
        return values[0] if isinstance(task_ids, str) and values else values if values else None

    def _stored(self, name: str, prior: bool) -> Any:
        return next((xcoms[name] for xcoms in (self.xcoms if prior else self.xcoms[:1]) if name in xcoms), None)


class _Unsealed:
    """While it holds, what the process does is the harness's own doing."""

    def __init__(self, seal: Seal) -> None:
        self.seal = seal

    def __enter__(self) -> None:
        self.was, self.seal.active = self.seal.active, False

    def __exit__(self, *_: object) -> None:
        self.seal.active = self.was


def kept(value: Any) -> dict[str, Any]:
    """An XCom as the harness keeps it: as plain data where it is that, and pickled for other child processes alone."""
    try:
        return {"pickle": pickle.dumps(value), "value": value}
    except Exception:  # noqa: BLE001 - any class may fail to pickle in any way; the value is then kept by its text
        return {"pickle": b"", "value": str(value)}


def given_back(stored: Any, index: Any = None) -> Any:
    """The value of a kept XCom; unpickled only here, in a child that runs the user's code anyway. `index` picks one of a mapped task's."""
    if not isinstance(stored, dict):
        return stored
    if "mapped" in stored:
        values = {number: given_back(item) for number, item in stored["mapped"]}
        return values.get(index) if isinstance(index, int) else list(values.values())
    return pickle.loads(stored["pickle"]) if stored.get("pickle") else stored.get("value")


def link() -> Link:
    """The attempt that this process is for.

    Raises:
        RuntimeError: the code runs while its file is read, not in a task.
    """
    if Link.current is None:
        raise RuntimeError("this needs a running task; the harness has no Airflow while the file is read")
    return Link.current


def _short(path: str, root: str) -> str:
    relative = os.path.relpath(path, root) if path.startswith(root) else path
    return relative.removeprefix(ABSOLUTE)
