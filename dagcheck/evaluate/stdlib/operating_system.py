"""`os`, `os.path`, `glob`, `fnmatch`, `shutil` and `tempfile`: paths are computed, files come through the project, the machine is unknown."""

from __future__ import annotations

import fnmatch
import os
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dagcheck.evaluate.calls import call_pure
from dagcheck.evaluate.stdlib import files
from dagcheck.evaluate.stdlib.environment import environment, getenv
from dagcheck.evaluate.stdlib.modelling import Maker, first_problem, natives, pure_names, submodule, unknown_names
from dagcheck.evaluate.stdlib.working_directory import move, working_directory
from dagcheck.evaluate.values import Arguments, Lazy, Native, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def _tests(*kinds: str) -> Maker:
    def run(interp: Interpreter, arguments: Arguments) -> Value:
        kind = files.kind_of(interp, arguments.get(0, "path"))
        return kind if isinstance(kind, Unknown) else kind in kinds

    return run


def _absolute(interp: Interpreter, arguments: Arguments) -> Value:
    found = files.locate(interp, arguments.get(0, "path"))
    return found if isinstance(found, Unknown) else str(found)


def _relative(interp: Interpreter, arguments: Arguments) -> Value:
    for index, name in ((0, "path"), (1, "start")):
        path = files.locate(interp, arguments.get(index, name, "."))
        if isinstance(path, Unknown):
            return path
    return call_pure(interp, posixpath.relpath, arguments)


def _expand_user(interp: Interpreter, arguments: Arguments) -> Value:
    text = files.path_text(interp, arguments.get(0, "path"))
    home = isinstance(text, str) and text.startswith("~")
    return interp.unknown("the home directory depends on the machine", "environment", name="HOME") if home else text


def _expand_variables(interp: Interpreter, arguments: Arguments) -> Value:
    text = files.path_text(interp, arguments.get(0, "path"))
    return interp.unknown("os.path.expandvars() of a variable", "environment") if isinstance(text, str) and "$" in text else text


def _size(interp: Interpreter, arguments: Arguments) -> Value:
    data = files.read(interp, arguments.get(0, "filename"))
    return data if isinstance(data, Unknown) else len(data)


def path_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `os.path`."""
    tests = {"exists": _tests("file", "folder"), "lexists": _tests("file", "folder"), "isfile": _tests("file"), "isdir": _tests("folder")}
    return {
        **pure_names(
            posixpath,
            "join dirname basename split splitext splitdrive normpath isabs commonpath commonprefix normcase sep pardir curdir extsep",
        ),
        **natives({**tests, "abspath": _absolute, "realpath": _absolute, "relpath": _relative, "expanduser": _expand_user}),
        **natives({"expandvars": _expand_variables, "getsize": _size}),
        **unknown_names("getmtime getctime getatime islink ismount samefile", "file", "os.path"),
    }


def _listdir(interp: Interpreter, arguments: Arguments) -> Value:
    found = files.entries(interp, arguments.get(0, "path", "."))
    return found if isinstance(found, Unknown) else [entry.name for entry in found]


class Entry(Object):
    """One entry of `os.scandir`."""

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        self.path = path

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("name", "path"):
            return self.path.name if name == "name" else str(self.path)
        kinds = {"is_file": "file", "is_dir": "folder"}
        if name in kinds:
            return Native(name, lambda i, _: files.kind_of(i, str(self.path)) == kinds[name])
        return super().get_attr(interp, name)


class Listing(Lazy):
    """What `os.scandir` gives: an iterator that is a context manager."""

    __slots__ = ()

    def enter(self, interp: Interpreter) -> Value:
        return self


def _scandir(interp: Interpreter, arguments: Arguments) -> Value:
    found = files.entries(interp, arguments.get(0, "path", "."))
    if isinstance(found, Unknown):
        return found
    given = files.path_text(interp, arguments.get(0, "path", "."))
    return Listing(iter([Entry(Path(str(given), entry.name)) for entry in found]), "scandir")


def _walk(interp: Interpreter, arguments: Arguments) -> Value:
    kind = files.kind_of(interp, arguments.get(0, "top"))
    top = files.locate(interp, arguments.get(0, "top"))
    if isinstance(kind, Unknown) or isinstance(top, Unknown):
        interp.note("file-read", str(top) if not isinstance(top, Unknown) else "?")
        return kind
    given = str(arguments.get(0, "top"))
    return Lazy(_steps(interp, given), "os.walk") if kind == "folder" else Lazy(iter(()), "os.walk")


def _steps(interp: Interpreter, folder: str) -> Iterator[Value]:
    found = files.entries(interp, folder)
    children = [] if isinstance(found, Unknown) else found
    folders: list[Value] = [child.name for child in children if files.kind_of(interp, str(child)) == "folder"]
    yield (folder, folders, [child.name for child in children if child.name not in folders])
    for name in folders:
        if isinstance(name, str):
            yield from _steps(interp, posixpath.join(folder, name))


def _writes(interp: Interpreter, arguments: Arguments) -> Value:
    path = files.path_text(interp, arguments.get(0, "path"))
    interp.note("file-write", path if isinstance(path, str) else "?")


def _cwd(interp: Interpreter, arguments: Arguments) -> Value:
    folder = working_directory(interp)
    return interp.unknown("the working directory", "environment", name="os.getcwd") if folder is None else str(folder)


def change_directory(interp: Interpreter, arguments: Arguments) -> Value:
    """`os.chdir`."""
    found = files.locate(interp, arguments.get(0, "path"))
    move(interp, None if isinstance(found, Unknown) else found)
    return None


def _runs(interp: Interpreter, arguments: Arguments) -> Value:
    interp.note("subprocess", "os.system")
    return interp.unknown("the result of a command of the machine", "environment", name="os.system")


def os_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `os`."""
    changing = "makedirs mkdir remove unlink rename replace rmdir removedirs chmod symlink utime"
    return {
        **natives(dict.fromkeys(changing.split(), _writes)),
        **natives({"listdir": _listdir, "scandir": _scandir, "walk": _walk, "system": _runs, "popen": _runs, "getenv": getenv}),
        **natives({"getcwd": _cwd, "chdir": change_directory}),
        **unknown_names(
            "getcwdb cpu_count getpid getppid getuid getgid uname getlogin gethostname stat lstat access getloadavg",
            "environment",
            "os",
        ),
        **unknown_names("urandom", "random", "os"),
        **pure_names(os, "fspath fsencode fsdecode sep linesep pathsep curdir pardir extsep altsep devnull O_RDONLY R_OK W_OK X_OK F_OK"),
        "name": "posix",
        "environ": environment(interp),
        "path": submodule(interp, "os.path"),
        "PathLike": os.PathLike,
    }


def _glob(interp: Interpreter, arguments: Arguments) -> Value:
    problem = first_problem(arguments)
    if problem is not None:
        return problem
    root = arguments.kwargs.get("root_dir")
    pattern = files.path_text(interp, arguments.get(0, "pathname"))
    full = files.locate(interp, posixpath.join(str(root), str(pattern)) if root is not None else pattern)
    if isinstance(full, Unknown) or isinstance(pattern, Unknown):
        return full
    recursive = bool(arguments.kwargs.get("recursive"))
    parts = [part if recursive or part != "**" else "*" for part in full.parts[1:]]
    fixed = next((index for index, part in enumerate(parts) if any(char in part for char in "*?[")), len(parts))
    start = Path("/", *parts[:fixed])
    kind = files.kind_of(interp, str(start))
    if isinstance(kind, Unknown):
        interp.note("file-read", str(start))
        return kind
    found = dict.fromkeys(str(match) for match in files.matching(interp, start, parts[fixed:], hidden=False))
    below = root if root is not None else None if posixpath.isabs(pattern) else files.locate(interp, ".")
    dot = "./" if pattern.startswith("./") else ""
    return [match if below is None else dot + posixpath.relpath(match, str(below)) for match in found if kind != "none"]


def _iglob(interp: Interpreter, arguments: Arguments) -> Value:
    found = _glob(interp, arguments)
    return Lazy(iter(found), "iglob") if isinstance(found, list) else found


def glob_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `glob`."""
    import glob

    return {**natives({"glob": _glob, "iglob": _iglob}), **pure_names(glob, "escape has_magic")}


def fnmatch_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `fnmatch`."""
    return pure_names(fnmatch, "fnmatch fnmatchcase filter translate")


def shutil_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `shutil`."""
    changing = "copy copy2 copyfile copytree move rmtree make_archive unpack_archive"
    return {
        **natives(dict.fromkeys(changing.split(), _writes)),
        **unknown_names("which disk_usage get_terminal_size", "environment", "shutil"),
    }


def tempfile_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `tempfile`."""
    return unknown_names(
        "gettempdir mkdtemp mkstemp NamedTemporaryFile TemporaryDirectory TemporaryFile mktemp SpooledTemporaryFile",
        "environment",
        "tempfile",
    )
