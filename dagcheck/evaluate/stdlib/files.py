"""Reading the project's files: only below its roots, each read noted; what cannot be known is unknown with the cause `file`."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from dagcheck.evaluate.stdlib.working_directory import working_directory
from dagcheck.evaluate.values import Value
from dagcheck.model.values import Unknown
from dagcheck.source.project import OutsideRoots
from dagcheck.source.text import SourceError

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

MAX_DATA = 16 * 1024 * 1024
"""The largest data file that is read, in bytes."""


def path_text(interp: Interpreter, value: Value) -> str | Unknown:
    """The text of a path given as str, bytes or path object."""
    if isinstance(value, str | Unknown):
        return value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, bytes):
        return os.fsdecode(value)
    return interp.unknown("a path that is not followed", "file")


def locate(interp: Interpreter, value: Value) -> Path | Unknown:
    """The absolute path that a value means; relative ones depend on the folder that Airflow is started in."""
    text = path_text(interp, value)
    if isinstance(text, Unknown):
        return text
    if not os.path.isabs(text):
        folder = working_directory(interp)
        if folder is None:
            return interp.unknown(f"the relative path {text!r} depends on the working directory", "file", name=text)
        return Path(os.path.normpath(folder / text))
    return Path(os.path.normpath(text))


def kind_of(interp: Interpreter, value: Value) -> str | Unknown:
    """`file`, `folder` or `none` for what is at a path; Unknown outside of the roots."""
    path = locate(interp, value)
    if isinstance(path, Unknown):
        return path
    try:
        return interp.project.kind(path)
    except OutsideRoots:
        return _outside(interp, path)


def read(interp: Interpreter, value: Value) -> bytes | Unknown:
    """The content of a file. Raises Raised(FileNotFoundError) or Raised(IsADirectoryError) where Python would."""
    path = locate(interp, value)
    kind = kind_of(interp, value)
    if isinstance(path, Unknown) or isinstance(kind, Unknown):
        interp.note("file-read", str(value) if isinstance(value, str | PurePath) else "?")
        return path if isinstance(path, Unknown) else kind  # type: ignore[return-value] # one of them is Unknown
    shown = interp.project.show(path)
    interp.note("file-read", shown)
    if kind == "none":
        raise interp.raises(FileNotFoundError(2, "No such file or directory", str(path)))
    if kind == "folder":
        raise interp.raises(IsADirectoryError(21, "Is a directory", str(path)))
    try:
        return interp.project.read_bytes(path, MAX_DATA)
    except (SourceError, OutsideRoots) as error:
        return interp.unknown(f"{shown} cannot be read: {error}", "file", name=shown)


def read_text(interp: Interpreter, value: Value, encoding: str | None = None) -> str | Unknown:
    """The content of a text file, with line ends as `\\n`. Raises Raised(UnicodeDecodeError) where Python would."""
    data = read(interp, value)
    if isinstance(data, Unknown):
        return data
    try:
        text = data.decode(encoding or "utf-8")
    except (UnicodeError, LookupError) as error:
        raise interp.raises(error) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def entries(interp: Interpreter, value: Value) -> list[Path] | Unknown:
    """What a folder holds, sorted. Raises Raised(FileNotFoundError) or Raised(NotADirectoryError) where Python would."""
    path = locate(interp, value)
    kind = kind_of(interp, value)
    if isinstance(path, Unknown) or isinstance(kind, Unknown):
        return path if isinstance(path, Unknown) else kind  # type: ignore[return-value] # one of them is Unknown
    interp.note("file-read", interp.project.show(path))
    if kind == "none":
        raise interp.raises(FileNotFoundError(2, "No such file or directory", str(path)))
    if kind == "file":
        raise interp.raises(NotADirectoryError(20, "Not a directory", str(path)))
    found = [entry for entry in interp.project.list_folder(path) if entry.name != "__pycache__"]
    interp.budget.step(len(found))
    return found


def matching(interp: Interpreter, folder: Path, parts: list[str], hidden: bool) -> Iterator[Path]:
    """The paths below a folder that fit the parts of a pattern, in which `**` means any number of folders."""
    interp.budget.step()
    if not parts:
        yield folder
        return
    first, rest = parts[0], parts[1:]
    if first == "**":
        yield from matching(interp, folder, rest or ["*"], hidden)
        for child in _folders(interp, folder, hidden):
            yield from matching(interp, child, parts, hidden)
    elif any(char in first for char in "*?["):
        for child in _children(interp, folder):
            shown = hidden or first.startswith(".") or not child.name.startswith(".")
            if shown and fnmatch.fnmatchcase(child.name, first) and (not rest or _kind(interp, child) == "folder"):
                yield from matching(interp, child, rest, hidden)
    elif _kind(interp, folder / first) != "none":
        yield from matching(interp, folder / first, rest, hidden)


def _children(interp: Interpreter, folder: Path) -> list[Path]:
    found = entries(interp, folder) if _kind(interp, folder) == "folder" else []
    return [] if isinstance(found, Unknown) else found


def _folders(interp: Interpreter, folder: Path, hidden: bool) -> list[Path]:
    return [child for child in _children(interp, folder) if _kind(interp, child) == "folder" and (hidden or not child.name.startswith("."))]


def _kind(interp: Interpreter, path: Path) -> str:
    kind = kind_of(interp, str(path))
    return "none" if isinstance(kind, Unknown) else kind


def _outside(interp: Interpreter, path: Path) -> Unknown:
    return interp.unknown(f"{path} is outside of the project", "file", name=str(path))
