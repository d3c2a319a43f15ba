"""How far a long run has come: a bar on the stream of notes, on a terminal only, and gone when the run ends."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import TextIO

_QUIET_FOR = 1.0
_EVERY = 0.1
_WIDTH = 30


class Progress:
    """A bar that appears after a second. Nothing is ever written where the stream is no terminal, or one that can't go back in a line, or in quiet runs."""

    def __init__(
        self, stream: TextIO, *, quiet: bool = False, environ: Mapping[str, str] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        environ = os.environ if environ is None else environ
        self._stream, self._clock = stream, clock
        self._on = not quiet and stream.isatty() and environ.get("TERM") != "dumb"
        self._next = clock() + _QUIET_FOR
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """Say that so many of so many files are done."""
        if not self._on or self._clock() < self._next:
            return
        filled = _WIDTH * done // max(total, 1)
        self._stream.write(f"\r[{'#' * filled}{'.' * (_WIDTH - filled)}] {done:,} of {total:,} files")
        self._stream.flush()
        self._next = self._clock() + _EVERY
        self._shown = True

    def end(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False
