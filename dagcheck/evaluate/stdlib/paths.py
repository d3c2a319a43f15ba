"""`pathlib`: paths are values that compute like Python's pure ones; what they find on the disk comes through the project."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate import plain
from dagcheck.evaluate.stdlib import files
from dagcheck.evaluate.stdlib.builtin_types import BuiltinType
from dagcheck.evaluate.stdlib.modelling import first_problem, unknown_function
from dagcheck.evaluate.stdlib.open_files import open_path
from dagcheck.evaluate.stdlib.working_directory import as_given, working_directory
from dagcheck.evaluate.values import Arguments, Lazy, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


class FilePath(PurePosixPath):
    """A `pathlib.Path` of the evaluated program."""


def _exists(interp: Interpreter, path: FilePath, args: list[Value], kwargs: dict[str, Value]) -> Value:
    kind = files.kind_of(interp, path)
    return kind if isinstance(kind, Unknown) else kind != "none"


def _is_file(interp: Interpreter, path: FilePath, args: list[Value], kwargs: dict[str, Value]) -> Value:
    kind = files.kind_of(interp, path)
    return kind if isinstance(kind, Unknown) else kind == "file"


def _is_dir(interp: Interpreter, path: FilePath, args: list[Value], kwargs: dict[str, Value]) -> Value:
    kind = files.kind_of(interp, path)
    return kind if isinstance(kind, Unknown) else kind == "folder"


def _read_text(interp: Interpreter, path: FilePath, args: list[Value], kwargs: dict[str, Value]) -> Value:
    encoding = args[0] if args else kwargs.get("encoding")
    return encoding if isinstance(encoding, Unknown) else files.read_text(interp, path, encoding)


def _read_bytes(interp: Interpreter, path: FilePath, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return files.read(interp, path)


def _open(interp: Interpreter, path: FilePath, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return open_path(interp, path, args[0] if args else kwargs.get("mode", "r"), kwargs.get("encoding"))


def _resolve(interp: Interpreter, path: FilePath, args: list[Value], kwargs: dict[str, Value]) -> Value:
    found = files.locate(interp, path)
    return found if isinstance(found, Unknown) else FilePath(found)


def _iterdir(interp: Interpreter, path: FilePath, args: list[Value], kwargs: dict[str, Value]) -> Value:
    found = files.entries(interp, path)
    return found if isinstance(found, Unknown) else Lazy(iter([FilePath(path, entry.name) for entry in found]), "iterdir")


def _glob(interp: Interpreter, path: FilePath, args: list[Value], kwargs: dict[str, Value], prefix: tuple[str, ...] = ()) -> Value:
    pattern = args[0] if args else kwargs.get("pattern")
    if not isinstance(pattern, str):
        return pattern if isinstance(pattern, Unknown) else interp.unknown("a pattern of files that is not followed", "file")
    kind = files.kind_of(interp, path)
    if isinstance(kind, Unknown):
        interp.note("file-read", str(path))
        return kind
    parts = [*prefix, *PurePosixPath(pattern).parts]
    folders_only = parts[-1:] == ["**"]
    place = files.locate(interp, path)
    if isinstance(place, Unknown):
        return place
    matches = files.matching(interp, place, parts, hidden=True)
    found = dict.fromkeys(FilePath(as_given(path, place, match)) for match in matches)
    kept = [match for match in found if not folders_only or files.kind_of(interp, match) == "folder"]
    return Lazy(iter(kept), "glob")


def _rglob(interp: Interpreter, path: FilePath, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return _glob(interp, path, args, kwargs, ("**",))


def _expanduser(interp: Interpreter, path: FilePath, args: list[Value], kwargs: dict[str, Value]) -> Value:
    home = str(path).startswith("~")
    return interp.unknown("the home directory depends on the machine", "environment", name="HOME") if home else path


def _writes(interp: Interpreter, path: FilePath, args: list[Value], kwargs: dict[str, Value]) -> Value:
    interp.note("file-write", str(path))


def _machine(interp: Interpreter, path: FilePath, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return interp.unknown("what the machine says of a file", "file", name=str(path))


DISK: dict[str, Any] = {
    "exists": _exists, "is_file": _is_file, "is_dir": _is_dir, "read_text": _read_text, "read_bytes": _read_bytes, "open": _open, "resolve": _resolve,
    "absolute": _resolve, "iterdir": _iterdir, "glob": _glob, "rglob": _rglob, "expanduser": _expanduser, "stat": _machine, "is_symlink": _machine,
    "owner": _machine, "lstat": _machine, "readlink": _machine, "samefile": _machine,
    **dict.fromkeys(("mkdir", "touch", "unlink", "rmdir", "write_text", "write_bytes", "rename", "replace", "chmod", "symlink_to"), _writes),
}  # fmt: skip


def _method(interp: Interpreter, value: Any, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return DISK[name](interp, value, args, kwargs) if name in DISK else NotImplemented


def _make(interp: Interpreter, arguments: Arguments) -> Value:
    problem = first_problem(arguments)
    if problem is not None:
        return problem
    if any(isinstance(arg, Object) for arg in arguments.args):
        return interp.unknown("a path made of an object is not followed", "file")
    try:
        return FilePath(*arguments.args)
    except TypeError as error:
        raise interp.raises(error) from None


def _cwd(interp: Interpreter, arguments: Arguments) -> Value:
    folder = working_directory(interp)
    return interp.unknown("the working directory", "environment", name="Path.cwd") if folder is None else FilePath(folder)


plain.METHODS[FilePath] = _method
plain.MODELLED_NAMES[FilePath] = frozenset(DISK)
PATH = BuiltinType(FilePath, _make, {"cwd": _cwd, "home": unknown_function("Path.home", "environment").function})
PATH.name, PATH.dotted = "Path", "pathlib.Path"


def pathlib_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `pathlib`."""
    return dict.fromkeys(("Path", "PosixPath", "PurePath", "PurePosixPath"), PATH)


def as_text(path: Path) -> str:
    """A path as the program sees it."""
    return os.fspath(path)
