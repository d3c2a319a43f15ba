"""The program that gives an answer, as something that may change: dagcheck, the rule packs, what they load that is not installed, and what is installed."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from types import ModuleType

from dagcheck import witness
from dagcheck.cache.folder import read_entry, sealed, unsealed, write_entry
from dagcheck.rule import Rule
from dagcheck.witness import Stat, Witness

_OWN = "dagcheck"
_RACY_NS = 2_000_000_000


class Program:
    """The files of the program and their contents. To be made when the rule packs are loaded; `folder` is where what is known of them is kept."""

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, "program.json")
        self._began = time.time_ns()
        self.tokens: dict[str, str] = {}
        self.stats: dict[str, Stat] = {}
        known = self._load()
        self._look_over(known)
        if known != {path: (token, self.stats.get(path)) for path, token in self.tokens.items()}:
            self._save()

    @property
    def digest(self) -> str:
        """The same as long as the program, Python and what is installed stay the same."""
        told = (sys.version, *(f"{path} {self.tokens[path]}" for path in sorted(self.tokens)))
        return witness.token_of("\0".join(told).encode("utf-8", "surrogatepass"))[1:]

    def tell(self, seen: Witness) -> None:
        """Tell a witness of the program's files."""
        seen.tokens.update(self.tokens)
        seen.stats.update(self.stats)

    def _look_over(self, known: dict[str, tuple[str, Stat | None]]) -> None:
        for path in sys.path:
            self._add(path or os.getcwd(), "i", known)
        for folder in _package_folders((_OWN, *_modules_of_rules(Rule))):
            self._add_tree(folder, known)
        for path in _loose_files():
            self._add(path, "=", known)

    def _add_tree(self, folder: str, known: dict[str, tuple[str, Stat | None]]) -> None:
        for inner, folders, names in os.walk(folder):
            folders[:] = [name for name in folders if name != "__pycache__"]
            self._add(inner, "[", known)
            for name in names:
                self._add(os.path.join(inner, name), "=", known)

    def _add(self, path: str, sort: str, known: dict[str, tuple[str, Stat | None]]) -> None:
        if path in self.tokens:
            return
        try:
            now = witness.stat_of(os.stat(path))
            token, before = known.get(path, ("", None))
            settled = before == now and token.startswith(sort) and max(now[0], now[3]) < self._began - _RACY_NS
            self.tokens[path], self.stats[path] = token if settled else witness.token_now(path, sort), now
        except OSError:
            self.tokens[path] = witness.refusal(path)

    def _load(self) -> dict[str, tuple[str, Stat | None]]:
        data = read_entry(self._path)
        try:
            found = json.loads(unsealed(data)) if data is not None else {}
            return {path: (str(token), tuple(map(int, stats)) if stats else None) for path, (token, *stats) in found.items()}  # type: ignore[misc]  # four numbers
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            return {}

    def _save(self) -> None:
        found = {path: (token, *self.stats.get(path, ())) for path, token in self.tokens.items()}
        write_entry(self._path, sealed(json.dumps(found, separators=(",", ":")).encode("ascii")))


def _package_folders(packages: Iterable[str]) -> Iterator[str]:
    for name in dict.fromkeys(package.partition(".")[0] for package in packages):
        module = sys.modules.get(name)
        yield from getattr(module, "__path__", ())


def _modules_of_rules(rule: type[Rule]) -> Iterator[str]:
    yield rule.__module__
    for more in rule.__subclasses__():
        yield from _modules_of_rules(more)


def _loose_files() -> Iterator[str]:
    """The files of loaded modules that are neither Python's own nor installed: rule packs may load them from anywhere."""
    own = os.path.join(os.path.dirname(os.path.abspath(os.__file__)), "")
    for module in list(sys.modules.values()):
        path = _file_of(module)
        if path is not None and not path.startswith(own) and "site-packages" not in path and "dist-packages" not in path:
            yield path


def _file_of(module: ModuleType) -> str | None:
    path = getattr(module, "__file__", None)
    return os.path.abspath(path) if isinstance(path, str) else None
