"""`open()` and the file objects that it gives, also `io.StringIO`."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.evaluate.stdlib import files
from dagcheck.evaluate.stdlib.modelling import Inert
from dagcheck.evaluate.values import Arguments, Native, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


class TextFile(Object):
    """A file that is open for reading, with all its content."""

    __slots__ = ("content", "name", "position")

    def __init__(self, content: str | bytes, name: Value = None) -> None:
        self.content = content
        self.name = name
        self.position = 0

    def describe(self) -> str:
        return "an open file"

    def rest(self) -> str | bytes:
        """What was not read yet; it counts as read from now on."""
        rest = self.content[self.position :]
        self.position = len(self.content)
        return rest

    def lines(self) -> list[str] | list[bytes]:
        rest = self.rest()
        return rest.splitlines(keepends=True) if isinstance(rest, bytes) else _text_lines(rest)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name == "name":
            return self.name
        if name == "closed":
            return False
        method = getattr(self, f"_{name}", None)
        return super().get_attr(interp, name) if method is None else Native(name, method)

    def _read(self, interp: Interpreter, arguments: Arguments) -> Value:
        size = arguments.get(0, "size")
        if isinstance(size, int) and size >= 0:
            taken = self.content[self.position : self.position + size]
            self.position += len(taken)
            return taken
        return size if isinstance(size, Unknown) else self.rest()

    def _getvalue(self, interp: Interpreter, arguments: Arguments) -> Value:
        return self.content

    def _readlines(self, interp: Interpreter, arguments: Arguments) -> Value:
        return self.lines()

    def _readline(self, interp: Interpreter, arguments: Arguments) -> Value:
        end = self.content.find("\n" if isinstance(self.content, str) else b"\n", self.position)  # type: ignore[arg-type] # of its own kind
        stop = len(self.content) if end < 0 else end + 1
        line = self.content[self.position : stop]
        self.position = stop
        return line

    def _seek(self, interp: Interpreter, arguments: Arguments) -> Value:
        offset = arguments.get(0, "offset")
        self.position = offset if isinstance(offset, int) else 0
        return self.position

    def _close(self, interp: Interpreter, arguments: Arguments) -> Value:
        return None

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return iter(self.lines())

    def enter(self, interp: Interpreter) -> Value:
        return self


def _text_lines(text: str) -> list[str]:
    return [line for line in text.replace("\n", "\n\0").split("\0") if line]


READERS = frozenset({"read", "read1", "readinto", "getvalue", "getbuffer"})


class LostFile(Object):
    """A file whose content is not known, or that is written: what is read from it is unknown."""

    __slots__ = ("why",)

    def __init__(self, why: Unknown) -> None:
        self.why = why

    def describe(self) -> str:
        return "a file that is not known"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("write", "writelines", "close", "flush"):
            return Native(name, lambda i, _: None)
        return Native(name, lambda i, _: self.why) if hasattr(io.IOBase, name) or name in READERS else self.why

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return self.why

    def enter(self, interp: Interpreter) -> Value:
        return self

    def text(self, interp: Interpreter) -> str | Unknown:
        return self.why


def open_file(interp: Interpreter, arguments: Arguments) -> Value:
    """`open(path, mode, encoding=…)`."""
    path, mode = arguments.get(0, "file"), arguments.get(1, "mode", "r")
    return open_path(interp, path, mode, arguments.kwargs.get("encoding"))


def open_path(interp: Interpreter, path: Value, mode: Value, encoding: Value) -> Value:
    """A file as an object; one that cannot be known as a LostFile."""
    if isinstance(mode, Unknown) or isinstance(encoding, Unknown):
        return LostFile(mode if isinstance(mode, Unknown) else encoding)
    if any(letter in str(mode) for letter in "wax+"):
        name = files.path_text(interp, path)
        interp.note("file-write", name if isinstance(name, str) else "?")
        return LostFile(interp.unknown("a file that the program writes", "file"))
    content = files.read(interp, path) if "b" in str(mode) else files.read_text(interp, path, encoding)
    return LostFile(content) if isinstance(content, Unknown) else TextFile(content, path)


def read_all(interp: Interpreter, value: Value) -> Value:
    """What is left of an open file, or a text itself; Unknown for what is neither."""
    if isinstance(value, TextFile):
        return value.rest()
    if isinstance(value, LostFile):
        return value.why
    if isinstance(value, str | bytes | Unknown):
        return value
    return interp.unknown("an open file that is not followed", "file")


def _string_io(interp: Interpreter, arguments: Arguments) -> Value:
    content = arguments.get(0, "initial_value", "")
    if content == "" or content is None:
        return LostFile(interp.unknown("what is written into a StringIO is not followed"))
    return TextFile(content) if isinstance(content, str | bytes) else content


def io_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `io`."""
    opener = {"open": Native("open", open_file)}
    return {
        **opener,
        "StringIO": Native("StringIO", _string_io),
        "BytesIO": Native("BytesIO", _string_io),
        "TextIOWrapper": Inert("io.TextIOWrapper"),
    }
