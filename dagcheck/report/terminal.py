"""Where output goes: results to one stream, notes and errors to another, colour only where a person looks."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TextIO

from dagcheck.patterns import late
from dagcheck.records import dataclass

_CONTROL = late(r"\x1b\[[0-9;]*m|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


@dataclass(frozen=True)
class Paint:
    """Colours a text, or leaves it alone."""

    on: bool = False

    def __call__(self, text: str, *styles: str) -> str:
        """The text in the styles (`bold`, `dim`, a colour); plain where colour is off."""
        if not self.on or not text:
            return text
        return f"\x1b[{';'.join(_STYLES[style] for style in styles)}m{text}\x1b[0m"


class Terminal:
    """The two streams of a command. `quiet` drops notes, never results or errors."""

    def __init__(self, out: TextIO, err: TextIO, *, quiet: bool = False, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        self.out, self.err, self.quiet = out, err, quiet
        self.paint = Paint(wants_color(out, environ))
        self.paint_notes = Paint(wants_color(err, environ))
        self.told: list[tuple[bool, str]] = []
        """All that was told, in order, and whether it went to the stream of results."""
        self.behind: Callable[[str], str] = str
        """What every text goes through: hides the secrets in names of files."""

    def write(self, text: str) -> None:
        """A result, with its line end."""
        self._tell(True, printable(text, self.out) + "\n")

    def note(self, text: str) -> None:
        """Something worth knowing; not in quiet runs."""
        if not self.quiet:
            self._tell(False, printable(f"{self.paint_notes('note:', 'cyan')} {text}", self.err) + "\n")

    def warn(self, text: str) -> None:
        """Something that may make the answer less than it seems; also in quiet runs."""
        self._tell(False, printable(f"{self.paint_notes('warning:', 'yellow')} {text}", self.err) + "\n")

    def error(self, text: str) -> None:
        """Why the job could not be done."""
        self._tell(False, printable(f"{self.paint_notes('error:', 'red', 'bold')} {text}", self.err) + "\n")

    def _tell(self, result: bool, text: str) -> None:
        text = self.behind(text)
        self.told.append((result, text))
        (self.out if result else self.err).write(text)


def wants_color(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Colour only on a terminal that can show it, and never with `NO_COLOR` set (no-color.org: to anything but an empty text)."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def printable(text: str, stream: TextIO) -> str:
    """The text as the stream can take it: what its encoding lacks is escaped, and control characters of names and sources, which a terminal would obey, are replaced."""
    text = _CONTROL.sub(lambda match: match.group() if match.group().endswith("m") else "\N{REPLACEMENT CHARACTER}", text)
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
