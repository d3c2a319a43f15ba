"""Where output goes: results to one stream, notes and errors to another, colour only where a person looks."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Literal, TextIO

from dagcheck.patterns import late
from dagcheck.records import dataclass

_CONTROL = late(r"\x1b\[(?:[012]|3[1-6])(?:;(?:[012]|3[1-6]))*m|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_COMMAND = late(r"^[^\S\n]*:(?=:)|##(?=\[|vso\[|teamcity\[)", re.MULTILINE)
_MARKED = late(r"##(?=\[|vso\[|teamcity\[)")
"""What makes a line of a log a command to GitHub, Azure Pipelines or TeamCity."""
Kind = Literal["text", "json", "commands"]
"""What is written: words, JSON, or commands to the program that reads the log."""

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

    def write(self, text: str, kind: Kind = "text") -> None:
        """A result, with its line end."""
        self._tell(True, printable(text, self.out, kind=kind, colors=self.paint.on) + "\n")

    def note(self, text: str) -> None:
        """Something worth knowing; not in quiet runs."""
        if not self.quiet:
            self._say("note:", text, "cyan")

    def warn(self, text: str) -> None:
        """Something that may make the answer less than it seems; also in quiet runs."""
        self._say("warning:", text, "yellow")

    def error(self, text: str) -> None:
        """Why the job could not be done."""
        self._say("error:", text, "red", "bold")

    def _say(self, lead: str, text: str, *styles: str) -> None:
        painted = self.paint_notes(lead, *styles)
        self._tell(False, printable(f"{painted} {text}", self.err, colors=self.paint_notes.on) + "\n")

    def _tell(self, result: bool, text: str) -> None:
        text = self.behind(text)
        self.told.append((result, text))
        (self.out if result else self.err).write(text)


def wants_color(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Colour only on a terminal that can show it, and never with `NO_COLOR` set (no-color.org: to anything but an empty text)."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def printable(text: str, stream: TextIO, *, kind: Kind = "text", colors: bool = True) -> str:
    """The text as the stream can take it: what its encoding lacks is escaped, control characters of names and sources, which a terminal would obey, are replaced, and what would
    be a command to a program that reads the log is spelled otherwise."""
    if kind != "commands" and ("::" in text or "##" in text):
        text = _COMMAND.sub(r"\g<0>\\", text) if kind == "text" else _MARKED.sub(r"#\\u0023", text)
    text = _CONTROL.sub(lambda match: match.group() if colors and match.group().endswith("m") else "\N{REPLACEMENT CHARACTER}", text)
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
