"""Closes a child process off: files are redirected into its own folder, network and other processes are refused, time and memory are limited, chance is seeded.

Runs in the child, before any user code. This contains accidents of honest code; it is no prison for code that wants out.
"""

from __future__ import annotations

import builtins
import io
import os
import random
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 20
FILE_SIZE = 64 * 1024 * 1024

ABSOLUTE = ".absolute"
"""The folder of a scratch root that stands for the file system's root: what is written to `/data/x` lies in `.absolute/data/x`."""
OBJECTS = ".objects"
"""The same for object stores: `.objects/s3/bucket/key`."""
TEMPORARY = ".temporary"

REFUSED_EVENTS = {
    "socket.connect": "the network",
    "socket.getaddrinfo": "the network",
    "socket.gethostbyname": "the network",
    "socket.sendto": "the network",
    "subprocess.Popen": "another process",
    "os.system": "another process",
    "os.exec": "another process",
    "os.posix_spawn": "another process",
    "os.spawn": "another process",
    "os.fork": "another process",
    "os.forkpty": "another process",
    "os.kill": "signals to processes",
    "sqlite3.connect": "a database file",
}


class Refused(PermissionError):
    """The harness does not allow this."""


class Seal:
    """The closure of one process. `on_refused` is told of each try that was refused."""

    def __init__(self, root: Path, on_refused: Callable[[str], None]) -> None:
        self.root, self.root_path = str(root), root
        self.on_refused = on_refused
        self.active = False
        self.on_write: Callable[[str, str], None] = lambda act, path: None
        self.on_read: Callable[[str], None] = lambda path: None
        self.real_open = builtins.open
        self.real = {name: getattr(os, name) for name in (*_ONE_PATH, *_TWO_PATHS, "open", "scandir", "listdir", "stat", "lstat", "access")}

    # -- files

    def inside(self, path: Any, *, write: bool) -> Any:
        """Where a path really leads: into the scratch root when it is written to, or when something was written there before."""
        if isinstance(path, int) or not self.active:
            return path
        text = os.fsdecode(path)
        full = os.path.normpath(os.path.join(self.root, text))
        if full == self.root or full.startswith((self.root + os.sep, "/dev/", "/proc/self/")):
            if write and full.startswith(os.path.join(self.root, OBJECTS)):
                _make(self.real["mkdir"], os.path.dirname(full))  # object stores have no folders
            return full
        moved = os.path.join(self.root, ABSOLUTE, full.lstrip(os.sep))
        if write:
            _make(self.real["mkdir"], os.path.dirname(moved))
            return moved
        try:
            self.real["lstat"](moved)
        except OSError:
            return path
        return moved

    def redirect(self) -> None:
        """Put the redirecting functions in the place of `open` and those of `os`."""
        seal = self

        def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            writes = any(letter in mode for letter in "wax+")
            target = seal.inside(file, write=writes)
            if writes and not isinstance(file, int) and seal.active:
                seal.on_write(f"open(…, {mode!r})", str(target))
            elif not writes and not isinstance(file, int) and seal.active:
                seal.on_read(str(target))
            return seal.real_open(target, mode, *args, **kwargs)

        def os_opened(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
            writes = bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND))
            target = path if kwargs.get("dir_fd") is not None else seal.inside(path, write=writes)
            if writes and seal.active:
                seal.on_write("os.open", str(target))
            descriptor: int = seal.real["open"](target, flags, *args, **kwargs)
            return descriptor

        builtins.open = opened
        io.open = opened  # pathlib and others call it by this name
        os.open = os_opened
        for name in ("scandir", "listdir", "stat", "lstat", "access"):
            setattr(os, name, self._reading(self.real[name]))
        for name in _ONE_PATH:
            setattr(os, name, self._writing(name, self.real[name]))
        for name in _TWO_PATHS:
            setattr(os, name, self._moving(name, self.real[name]))
        tempfile.tempdir = os.path.join(self.root, TEMPORARY)

    def _reading(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def read(path: Any = ".", *args: Any, **kwargs: Any) -> Any:
            if kwargs.get("dir_fd") is not None:
                return function(path, *args, **kwargs)
            return function(self.inside(path, write=False), *args, **kwargs)

        return read

    def _writing(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def write(path: Any, *args: Any, **kwargs: Any) -> Any:
            target = path if kwargs.get("dir_fd") is not None else self.inside(path, write=True)
            result = function(target, *args, **kwargs)
            if self.active:
                self.on_write(f"os.{name}", _place(target, kwargs.get("dir_fd")))
            return result

        return write

    def _moving(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def move(source: Any, target: Any, *args: Any, **kwargs: Any) -> Any:
            if self.active:
                self.on_write("", "")
            moved = self.inside(target, write=True)
            result = function(self.inside(source, write=name in ("rename", "replace")), moved, *args, **kwargs)
            if self.active:
                self.on_write(f"os.{name}", str(moved))
            return result

        return move

    # -- the rest

    def refuse(self) -> None:
        """Refuse what must not happen, whatever function asks for it: an audit hook sees them all."""
        writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

        def hook(event: str, args: tuple[Any, ...]) -> None:
            if not self.active:
                return
            if event in REFUSED_EVENTS:
                what = REFUSED_EVENTS[event]
                self._refuse(f"{what} ({_shown(event, args)})")
            if (
                event == "open"
                and len(args) > 2
                and isinstance(args[2], int)
                and args[2] & writing
                and isinstance(args[0], str | bytes | os.PathLike)
            ):
                path = os.path.abspath(os.fsdecode(args[0]))
                if not path.startswith((self.root + os.sep, "/dev/")):
                    self._refuse(f"writing to {path}")

        sys.addaudithook(hook)

    def _refuse(self, what: str) -> None:
        self.active = False
        try:
            self.on_refused(what)
        finally:
            self.active = True
        raise Refused(f"the harness refuses {what}")

    @staticmethod
    def limit() -> None:
        """Limit memory, time of the processor, and the size of files."""
        for kind, most in (
            (resource.RLIMIT_DATA, MEMORY),
            (resource.RLIMIT_CPU, CPU_SECONDS),
            (resource.RLIMIT_FSIZE, FILE_SIZE),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(kind, (most, most))

    @staticmethod
    def chance(seed: int) -> None:
        """Seed every source of chance."""
        stream = random.Random(f"urandom {seed}")

        def urandom(size: int, /) -> bytes:
            return stream.randbytes(size)

        os.urandom = urandom
        random._urandom = urandom  # type: ignore[attr-defined]  # what SystemRandom, and so secrets, draw from
        random.seed(seed)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(seed % 2**32)


_ONE_PATH = ("remove", "unlink", "rmdir", "mkdir", "truncate", "utime", "chmod")
_TWO_PATHS = ("rename", "replace", "link", "symlink")


def _place(path: Any, folder: int | None) -> str:
    """A path in words; one relative to an open folder is resolved by it."""
    return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), os.fsdecode(path)) if folder is not None else str(path)


def _make(mkdir: Callable[[str], None], folder: str) -> None:
    """Make a folder and those above it."""
    missing = []
    while folder and not os.path.lexists(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for path in reversed(missing):
        mkdir(path)


def _shown(event: str, args: tuple[Any, ...]) -> str:
    """What was tried, in a few words, without arguments that may hold secrets."""
    if event == "socket.connect" and len(args) > 1:
        return f"connect to {args[1]}"[:120]
    if event in ("socket.getaddrinfo", "socket.gethostbyname") and args:
        return f"look up {args[0]}"[:120]
    if event == "subprocess.Popen" and args:
        return f"run {args[0]}"[:120]
    return event
