"""One file of Python: its bytes, its text, its syntax tree and its comments."""

from __future__ import annotations

import ast
import codecs
import os
import re
import stat
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from dagcheck import witness
from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.source.nodes import texts_of

Kind = Literal["syntax", "decode", "unreadable", "hostile"]

MAX_BYTES = 4 * 1024 * 1024
"""The largest file that is read as Python; the largest real DAG files hold some hundred kilobytes."""

_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BEYOND_ASCII = late(r"[^\x00-\x7f]{2000}")
_WORD = late(r"\w+")
_WORDS_APART = bytes(code if chr(code).isalnum() or chr(code) == "_" else 32 for code in range(128)) + b" " * 128
"""A table for `bytes.translate` that leaves blanks between the words of an ASCII text."""
LINE_BREAK = late(r"\r\n|\r|\n")
_COMMENT = late(
    r"""
    (?:
        [^"'#]+
        | \"\"\"[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*\"\"\"
        | '''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''
        | "[^"\\\n]*(?:\\.[^"\\\n]*)*"
        | '[^'\\\n]*(?:\\.[^'\\\n]*)*'
        | ["']
    )*+
    (?: (\#[^\n]*) | \Z )
    """,
    re.DOTALL | re.VERBOSE,
)
"""All up to the next comment or the end, and the comment. Strings are passed over some twenty times faster than by tokenizing; a prefix such as `r` changes nothing
about where they end."""


class SourceError(Exception):
    """A file that cannot be read as Python: what is wrong with it and where (line and column count from 1)."""

    def __init__(self, kind: Kind, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message
        self.line = line
        self.column = column


class Located(Protocol):
    """Any node of `ast` that has a place."""

    lineno: int
    col_offset: int
    end_lineno: int | None
    end_col_offset: int | None


_tuple = tuple.__new__
"""Makes a named tuple of a tuple in a third of the time that its class takes: as many places are made as anything."""


class Comment(NamedTuple):
    """A comment with its `#`; `alone` is true where nothing but white space stands before it."""

    line: int
    column: int
    text: str
    alone: bool


class Source:
    """A file that was read and parsed.

    `path` is how people see it, `absolute` where it is. `text` is the decoded text without a byte order mark, with its line ends as they are. `tree` has the
    positions of this text. `lowered` is true where the file is written for a newer Python than the one that runs: then `tree` was made from an
    equivalent text, lines are exact and columns on the rewritten lines are near.
    """

    def __init__(
        self, path: str, absolute: Path, data: bytes, text: str, encoding: str, tree: ast.Module, *, lowered: bool = False
    ) -> None:
        self.path = path
        self.absolute = absolute
        self.data = data
        self.text = text
        self.encoding = encoding
        self.tree = tree
        self.lowered = lowered

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset in `text` at which each line starts; line n is at index n - 1."""
        if "\r" in self.text:
            return [0, *(match.end() for match in LINE_BREAK.finditer(self.text))]
        return [0, *accumulate([len(line) + 1 for line in self.text.split("\n")[:-1]])]

    @cached_property
    def may_yield(self) -> bool:
        """False where no function can be a generator."""
        return "yield" in self.text

    @cached_property
    def _ascii(self) -> bool:
        return self.text.isascii()

    def line(self, number: int) -> str:
        """The text of a line, without its line end; empty for a line that does not exist."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def column(self, line: int, offset: int) -> int:
        """The column, in characters and from 1, of a UTF-8 byte offset in a line as `ast` counts it."""
        if self._ascii:
            return offset + 1
        text = self.line(line)
        if text.isascii():
            return offset + 1
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace")) + 1

    def span(self, node: Located) -> Span:
        """The place of a syntax node, in characters."""
        end_line = node.end_lineno or node.lineno
        end_offset = node.col_offset if node.end_col_offset is None else node.end_col_offset
        if self._ascii:
            return _tuple(Span, (self.path, node.lineno, node.col_offset + 1, end_line, end_offset + 1))
        return Span(self.path, node.lineno, self.column(node.lineno, node.col_offset), end_line, self.column(end_line, end_offset))

    def offset(self, line: int, column: int) -> int:
        """The offset in `text` of a line and column, both from 1."""
        return self.line_starts[line - 1] + column - 1

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column, both from 1, of an offset in `text`."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def segment(self, span: Span) -> str:
        """The text of a span of this file."""
        return self.text[self.offset(span.line, span.column) : self.offset(span.end_line, span.end_column)]

    @cached_property
    def said(self) -> str:
        """What the code says, in lower case and one a line: its names and the texts of its strings, each once, comments left out."""
        return "\n".join(texts_of(self.tree)).lower()

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of what the code says, in lower case: every run of letters, digits and underscores in it."""
        said = self.said
        if said.isascii():  # nearly always, and three times as fast
            return frozenset(said.encode("ascii").translate(_WORDS_APART).decode("ascii").split())
        return frozenset(_WORD.findall(said))

    def says(self, *words: str) -> bool:
        """True if one of these words stands in what the code says, as a whole word; they are given in lower case. Quick."""
        return not self.words.isdisjoint(words)

    def mentions(self, *parts: str) -> bool:
        """True if any of these stands in what the code says; they are given in lower case. Quick, to pass over files in which there is nothing to find."""
        said = self.said
        return bool([part for part in parts if part in said])

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """All comments, in order."""
        return read_comments(self.text, in_strings=self.lowered or "#" in self.said)


def read_comments(text: str, *, in_strings: bool = True) -> tuple[Comment, ...]:
    """The comments of a text that Python can read. `in_strings` is false where no string of it holds a `#`, which makes them easy to find."""
    if "#" not in text:
        return ()
    found = []
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    line, start = 1, 0
    for place, comment in _after_strings(plain) if in_strings else _each(plain):
        line += plain.count("\n", start, place)
        start = plain.rfind("\n", 0, place) + 1
        found.append(Comment(line, place - start + 1, comment, not plain[start:place].strip()))
    return tuple(found)


def _after_strings(text: str) -> Iterator[tuple[int, str]]:
    for match in _COMMENT.finditer(text):
        if match[1] is not None:
            yield match.start(1), match[1]


def _each(text: str) -> Iterator[tuple[int, str]]:
    start = text.find("#")
    while start >= 0:
        end = text.find("\n", start)
        yield start, text[start : end if end >= 0 else len(text)]
        start = text.find("#", end) if end >= 0 else -1


def read_regular(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a regular file; a device, a pipe, a folder or a file above `limit` bytes is a `SourceError`, and is never waited for."""
    seen = witness.current()
    try:
        status, data = _read_regular(path, limit)
    except SourceError:
        if seen is not None:
            seen.refused(os.fspath(path))
        raise
    if seen is not None:
        seen.read(os.fspath(path), status, data)
    return data


def _read_regular(path: Path, limit: int) -> tuple[os.stat_result, bytes]:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError) as error:
        raise SourceError("unreadable", f"cannot be read: {_reason(error)}") from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise SourceError("unreadable", f"cannot be read: it is {what}")
        if status.st_size > limit:
            raise SourceError("hostile", f"is {status.st_size:,} bytes long; files above {limit:,} bytes are not read")
        data = os.read(handle, status.st_size + 1)
        while len(data) < status.st_size and (more := os.read(handle, status.st_size - len(data))):
            data += more
        return status, data
    finally:
        os.close(handle)


def _reason(error: OSError | ValueError) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]


def read_source(path: Path, shown: str | None = None) -> Source:
    """The file at `path`, parsed."""
    return parse(read_regular(path), shown or str(path), path)


def parse(data: bytes, path: str, absolute: Path | None = None) -> Source:
    """The parsed form of a file's bytes. Raises `SourceError` for what Python itself would not read; warnings of the parser are not shown."""
    if len(data) > MAX_BYTES:
        raise SourceError("hostile", f"is {len(data):,} bytes long; files above {MAX_BYTES:,} bytes are not read")
    text, encoding = decode(data)
    if not text.isascii() and _has_many_marks(text):
        raise SourceError("hostile", "holds thousands of combining marks in a row, which Python would be at for minutes")
    absolute = absolute or Path(os.path.abspath(path))
    try:
        return Source(path, absolute, data, text, encoding, parse_text(text))
    except SyntaxError as error:
        from dagcheck.source.newer import lower
        from dagcheck.source.older import explain

        lowered = lower(text)
        if lowered is not None:
            return Source(path, absolute, data, text, encoding, lowered, lowered=True)
        line, column = error.lineno or 1, max(error.offset or 1, 1)
        raise SourceError("syntax", explain(text, error), line, column) from error
    except (RecursionError, MemoryError) as error:
        raise SourceError("hostile", "is nested too deeply for Python to read") from error
    except ValueError as error:
        raise SourceError("syntax", f"cannot be parsed: {error}") from error


def _has_many_marks(text: str) -> bool:
    """Whether combining marks stand in a row that Python, which puts those of a name in order, takes the square of its length for."""
    for run in _BEYOND_ASCII.finditer(text):
        import unicodedata

        if all(map(unicodedata.combining, run.group())):
            return True
    return False


def parse_text(text: str) -> ast.Module:
    """The tree of a text by the Python that runs; its warnings (invalid escapes and the like) are kept quiet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and its encoding, by byte order mark and coding line as Python reads them."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SourceError("decode", "is encoded as UTF-16, which Python does not read; save it as UTF-8")
    zero = data.find(b"\0")
    if zero >= 0:
        line = data.count(b"\n", 0, zero) + 1
        raise SourceError("decode", "holds null bytes, so it is no Python source", line, zero - (data.rfind(b"\n", 0, zero) + 1) + 1)
    encoding = _encoding(data)
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode(encoding, "replace")) + 1
        wrong = f"byte 0x{data[error.start]:02x} is not {error.encoding}"
        hint = "" if _coding_line(data) else "; Python reads a file as UTF-8 unless a coding line says otherwise"
        raise SourceError("decode", f"cannot be decoded: {wrong}{hint}", line, column) from error


def _encoding(data: bytes) -> str:
    marked = data.startswith(codecs.BOM_UTF8)
    name = _coding_line(data)
    if name is None:
        return "utf-8-sig" if marked else "utf-8"
    line = 1 if _CODING.match(data.removeprefix(codecs.BOM_UTF8)) else 2
    try:
        known = codecs.lookup(name)
    except LookupError as error:
        raise SourceError("decode", f"names an encoding that does not exist: {name}", line) from error
    if not getattr(known, "_is_text_encoding", True):
        raise SourceError("decode", f"names an encoding that is none for text: {name}", line)
    if marked and known.name != "utf-8":
        raise SourceError("decode", f"has a UTF-8 byte order mark, but its coding line says {name}", line)
    return "utf-8-sig" if marked else known.name


def _coding_line(data: bytes) -> str | None:
    """The name in the coding line (PEP 263: in the first line, or in the second after a comment or an empty line)."""
    for line in data.removeprefix(codecs.BOM_UTF8).splitlines()[:2] if b"coding" in data[:400] else ():
        match = _CODING.match(line)
        if match:
            return match.group(1).decode("ascii", "replace")
        if line.strip() and not line.strip().startswith(b"#"):
            return None
    return None
