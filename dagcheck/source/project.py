"""The files of a project: imports resolved as on `sys.path`, each file parsed once, and no read outside of the roots."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from dagcheck import witness
from dagcheck.model.visible import hidden_path, visible_path
from dagcheck.source.text import MAX_BYTES, Source, SourceError, parse, read_regular

KEPT = 1_000_000
"""How many characters of parsed files are kept for when they are asked for again."""


class OutsideRoots(Exception):
    """A path that leads out of the project's roots, by `..`, by a symbolic link or because it is absolute and elsewhere."""


class HeavySource(BaseException):
    """A module that is larger than what is read here. Nobody on the way has an answer to it, so it is no `Exception`."""


class ProjectFiles:
    """Files below the roots, in the order in which imports look for them.

    `base` is the folder that shown paths are relative to. `texts` are files that exist only in memory, by absolute path; they win over the disk.
    `reads` are the absolute paths that were read, `missed` those that were looked for and are not there, and `met` those that were looked for and are there: together
    they decide whether an answer still holds.
    """

    def __init__(self, roots: Sequence[Path], base: Path | None = None, texts: Mapping[Path, bytes] | None = None) -> None:
        self.base = _absolute(base or Path.cwd())
        self.roots = tuple(dict.fromkeys(_absolute(root) for root in roots))
        self.texts = {_absolute(path): data for path, data in (texts or {}).items()}
        self.reads: set[Path] = set()
        self.missed: set[Path] = set()
        self.met: set[Path] = set()
        self._sources: dict[Path, Source] = {}
        self._held = 0
        self._most: int | None = None
        self._errors: dict[Path, SourceError] = {}
        self._reals: dict[Path, Path] = {}
        self._kinds: dict[Path, str] = {}
        self._modules: dict[str, tuple[Path | None, frozenset[Path], frozenset[Path]]] = {}
        self._shown: dict[str, Path] = {}
        self._out: dict[Path, bool] = {}
        self._real = tuple(Path(os.path.realpath(root)) for root in self.roots)
        self._inside: dict[Path, bool] = {}
        self._around: dict[tuple[str, str], tuple[tuple[Path, Path], ...]] = {}

    def show(self, path: Path) -> str:
        """The path as people see it, as `shown_path` has it."""
        shown = shown_path(_absolute(path), self.base)
        self._shown[shown] = path
        return shown

    def locate(self, shown: str) -> Path:
        """The path that `show` gave as this text."""
        return self._shown.get(shown) or self.base / shown

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Inside, `reads`, `missed` and `met` hold only what is read and looked for from here on; afterwards they hold everything again."""
        reads, missed, met = self.reads, self.missed, self.met
        self.reads, self.missed, self.met = set(), set(), set()
        try:
            yield
        finally:
            reads |= self.reads
            missed |= self.missed
            met |= self.met
            self.reads, self.missed, self.met = reads, missed, met
            self._forget()

    def _forget(self) -> None:
        """Let go of the files that were not asked for lately, so that memory does not grow with the project."""
        while self._held > KEPT:
            oldest = self._sources.pop(next(iter(self._sources)))
            self._held -= len(oldest.text)

    def find_module(self, dotted: str) -> Path | None:
        """The file of a module or regular package (its `__init__.py`), the folder of a namespace package, or None where the project has no such module.

        The roots are searched in order, as Python does: in each a package with `__init__.py` wins over a module file; a folder without one counts only
        if no root has either.
        """
        if dotted not in self._modules:
            missed_before, self.missed = self.missed, set()
            met_before, self.met = self.met, set()
            found = self._search(dotted)
            self._modules[dotted] = found, frozenset(self.missed), frozenset(self.met)
            self.missed, self.met = missed_before, met_before
        found, missed, met = self._modules[dotted]
        self.missed |= missed
        self.met |= met
        return found

    def is_built(self, dotted: str) -> bool:
        """True for a module of a package of the project that is compiled, or that a build makes (`_version`, `…_pb2`): nobody can read it here."""
        parent, _, name = dotted.rpartition(".")
        if name == "_version" or name.endswith(("_pb2", "_pb2_grpc")):
            return True
        starts = f"{name}."
        return any(
            path.suffix in (".so", ".pyd") and path.name.startswith(starts)
            for folder in (self._package_folders(parent) if parent else ())
            for path in self.list_folder(folder)
        )

    def _search(self, dotted: str) -> Path | None:
        parent, _, name = dotted.rpartition(".")
        if not name.isidentifier():
            return None
        folders = self._package_folders(parent) if parent else list(self.roots)
        namespace = None
        for folder in folders:
            package = folder / name
            if self._kind(package / "__init__.py") == "file":
                return package / "__init__.py"
            if self._kind(folder / f"{name}.py") == "file":
                return folder / f"{name}.py"
            if namespace is None and self._kind(package) == "folder":
                namespace = package
        return namespace

    def _package_folders(self, dotted: str) -> list[Path]:
        """Where the submodules of a package are: one folder for a regular package, one in each root for a namespace package."""
        found = self.find_module(dotted)
        if found is None:
            return []
        if found.name == "__init__.py":
            return [found.parent]
        if found.suffix == ".py":
            return []
        parent, _, name = dotted.rpartition(".")
        folders = self._package_folders(parent) if parent else list(self.roots)
        return [folder / name for folder in folders if self._kind(folder / name) == "folder"]

    @contextmanager
    def at_most(self, size: int | None) -> Iterator[None]:
        """Inside, a module of more bytes than `size` raises `HeavySource`, if it is given."""
        before, self._most = self._most, size
        try:
            yield
        finally:
            self._most = before

    def refuse(self, path: Path, error: SourceError) -> None:
        """From here on the file is not read; whoever asks for it gets the error."""
        self._errors[_absolute(path)] = error

    def source(self, path: Path) -> Source:
        """The parsed file; parsed once, and a `SourceError` is raised again each time."""
        path = _absolute(path)
        self.reads.add(path)
        if path in self._errors:
            raise self._errors[path]
        found = self._sources.pop(path, None)
        if found is None:
            try:
                data = self._read(path, MAX_BYTES)
                if self._most is not None and len(data) > self._most:
                    raise HeavySource(path)
                found = parse(data, self.show(path), path)
            except SourceError as error:
                self._errors[path] = error
                raise
            self._held += len(found.text)
        self._sources[path] = found  # the last one is the one that was asked for last
        return found

    def read_bytes(self, path: Path, limit: int = MAX_BYTES) -> bytes:
        """The bytes of a data file below one of the roots. Raises `OutsideRoots`, or `SourceError` where it cannot be read."""
        path = self.inside(path)
        if self._kind(path) == "none":
            raise SourceError("unreadable", "cannot be read: no such file or directory")
        self.reads.add(path)
        return self._read(path, limit)

    def list_folder(self, path: Path) -> list[Path]:
        """What a folder below one of the roots holds, sorted; empty where it is no folder. The folder counts as read."""
        path = self.inside(path)
        self.reads.add(path)
        found = {path / inner.relative_to(path).parts[0] for inner in self.texts if inner.is_relative_to(path) and inner != path}
        if path.is_dir():
            status = os.stat(path)
            entries = witness.entries_of(os.fspath(path))
            found.update(path / name for name, _ in entries)
            seen = witness.current()
            if seen is not None:
                seen.listed(os.fspath(path), status, entries)
        return sorted(found)

    def kind(self, path: Path) -> str:
        """`file`, `folder` or `none`, for a path below one of the roots; raises `OutsideRoots` for others."""
        return self._kind(self.inside(path))

    def inside(self, path: Path) -> Path:
        """The absolute form of a path, if it and what its links lead to are below one of the roots. Raises `OutsideRoots` if not."""
        path = _absolute(path)
        if path in self.texts:
            return path
        real = self._real_path(path)
        seen = witness.current()
        if seen is not None:
            seen.led(os.fspath(path), os.fspath(real))
        if path not in self._inside:
            self._inside[path] = self._is_below(real)
        if not self._inside[path]:
            raise OutsideRoots(f"{path} is outside of the project's roots")
        return path

    def around(self, path: Path, name: str) -> tuple[tuple[Path, Path], ...]:
        """Each folder from `base` down to the one that a file is in, with the path that `name` has there."""
        key = os.path.dirname(os.fspath(path)), name
        if key not in self._around:
            folders = reversed([folder for folder in path.parents if folder.is_relative_to(self.base)])
            self._around[key] = tuple((folder, folder / name) for folder in folders)
        return self._around[key]

    def leads_out(self, path: Path) -> bool:
        """True for a path that is not below one of the roots, itself or by what its links lead to."""
        path = _absolute(path)
        if path not in self._out:
            self._out[path] = path not in self.texts and not self._is_below(self._real_path(path))
        return self._out[path]

    def _is_below(self, real: Path) -> bool:
        return any(path_below(real, root) is not None for root in self._real)

    def _real_path(self, path: Path) -> Path:
        if path not in self._reals:
            self._reals[path] = Path(os.path.realpath(path))
        return self._reals[path]

    def _read(self, path: Path, limit: int) -> bytes:
        return self.texts[path] if path in self.texts else read_regular(path, limit)

    def _kind(self, path: Path) -> str:
        if path not in self._kinds:
            self._kinds[path] = self._look(path)
        (self.missed if self._kinds[path] == "none" else self.met).add(path)
        return self._kinds[path]

    def _look(self, path: Path) -> str:
        if path in self.texts:
            return "file"
        if any(inner.is_relative_to(path) for inner in self.texts):
            return "folder"
        return {witness.FOLDER: "folder", witness.FILE: "file"}.get(witness.kind_of(path), "none")


def shown_path(path: Path, base: Path) -> str:
    """An absolute path as people see it: relative to `base` where it is below it, with forward slashes; what is no UTF-8, ends lines or steers terminals is spelled out."""
    return visible_path(path_below(path, base) or path.as_posix())


def path_of(shown: str, base: Path) -> Path:
    """The path that is shown as this text."""
    path = base / shown
    return path if "\\x" not in shown or os.path.lexists(path) else base / hidden_path(shown)


def path_below(path: Path, folder: Path) -> str | None:
    """An absolute path relative to a folder, with forward slashes; None where it is not below it."""
    text, above = os.fspath(path), os.path.join(folder, "")
    if text.startswith(above):
        return text[len(above) :].replace(os.sep, "/")
    return "." if path == folder else None


def _absolute(path: Path) -> Path:
    text = os.fspath(path)
    normal = os.path.abspath(text)
    return path if normal == text else Path(normal)
