"""The program that gives an answer, as something that may change: dagcheck, the rule packs, what they load that is not installed, and what is installed."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from types import ModuleType

from dagcheck import witness
from dagcheck.rule import Rule
from dagcheck.witness import Witness

_OWN = "dagcheck"


def add_program(seen: Witness) -> None:
    """Tell a witness of the program's files; to be called when the rule packs are loaded."""
    for path in sys.path:
        _add(seen, path or os.getcwd(), "i")
    for folder in _package_folders((_OWN, *_modules_of_rules(Rule))):
        _add_tree(seen, folder)
    for path in _loose_files():
        if path not in seen.tokens:
            _add(seen, path, "=")


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
    installed = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    known = tuple(os.path.join(folder, "") for folder in installed)
    for module in list(sys.modules.values()):
        path = _file_of(module)
        if path is not None and not path.startswith(known) and "site-packages" not in path:
            yield path


def _file_of(module: ModuleType) -> str | None:
    path = getattr(module, "__file__", None)
    return os.path.abspath(path) if isinstance(path, str) else None


def _add_tree(seen: Witness, folder: str) -> None:
    for inner, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        _add(seen, inner, "[")
        for name in names:
            _add(seen, os.path.join(inner, name), "=")


def _add(seen: Witness, path: str, sort: str) -> None:
    try:
        status = os.stat(path)
        seen.tokens[path], seen.stats[path] = witness.token_now(path, sort), witness.stat_of(status)
    except OSError:
        seen.refused(path)
