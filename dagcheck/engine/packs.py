"""Rule packs: packages that the entry point group `dagcheck.rules` names. The built-in rules come in by the same door as anybody's."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from types import ModuleType

from dagcheck.engine.entries import entries
from dagcheck.model.errors import ExplainedError
from dagcheck.patterns import late
from dagcheck.rule import Rule

GROUP = "dagcheck.rules"

_CODE = late(r"[A-Z]{2,8}\d{3,4}")
_NAME = late(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class PackError(ExplainedError):
    """A rule pack cannot be used, or there is none; the message names it and says what is wrong."""


def load_packs() -> tuple[type[Rule], ...]:
    """The rules of every installed pack, in the order of their codes. Raises `PackError` for a pack that is broken, empty or duplicates another, and if there is none."""
    return _packs_on(tuple(sys.path), entries)


@cache
def _packs_on(path: tuple[str, ...], find: Callable[[str], list[tuple[str, str]]]) -> tuple[type[Rule], ...]:
    packs = find(GROUP)
    if not packs:
        raise PackError(f"no rule pack is installed: no distribution has an entry point in the group {GROUP!r}; reinstall dagcheck")
    found: list[type[Rule]] = []
    for name, package in packs:
        found += rules_of_package(package, name)
    return in_order(found)


def rules_of_package(package: str, pack: str) -> list[type[Rule]]:
    """The rules that the modules of a package define. Raises `PackError`."""
    rules = [rule for module in _modules(package, pack) for rule in _rules(module)]
    if not rules:
        raise PackError(f"rule pack {pack!r} ({package}) holds no rule")
    for rule in rules:
        problem = _problem(rule)
        if problem:
            raise PackError(f"rule pack {pack!r}: {rule.__module__}.{rule.__name__} {problem}")
    return rules


def in_order(rules: Iterable[type[Rule]]) -> tuple[type[Rule], ...]:
    """Rules by code. Raises `PackError` where two share a code or a name."""
    seen: dict[str, type[Rule]] = {}
    ordered = sorted(rules, key=lambda rule: (rule.meta.code, rule.__module__))
    for rule in ordered:
        for key in (rule.meta.code, rule.meta.name):
            other = seen.setdefault(key, rule)
            if other is not rule:
                raise PackError(f"two rules are called {key}: {_where(other)} and {_where(rule)}")
    return tuple(ordered)


def _where(rule: type[Rule]) -> str:
    return f"{rule.__module__}.{rule.__qualname__}"


def _modules(package: str, pack: str) -> Iterator[ModuleType]:
    """The package and its modules. Private ones (a name that starts with an underscore) are what rules share; the rules import them when they need them."""
    module = _import(package, pack)
    yield module
    for name, is_package in sorted({found for folder in getattr(module, "__path__", ()) for found in _inside(folder)}):
        if name.startswith("_"):
            continue
        if is_package:
            yield from _modules(f"{package}.{name}", pack)
        else:
            yield _import(f"{package}.{name}", pack)


def _inside(folder: str) -> Iterator[tuple[str, bool]]:
    """The modules in a folder of a package, and which of them are packages."""
    if not os.path.isdir(folder):  # an archive
        import pkgutil

        yield from ((found.name, found.ispkg) for found in pkgutil.iter_modules([folder]))
        return
    from importlib.machinery import all_suffixes

    endings = tuple(all_suffixes())
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if any(os.path.exists(os.path.join(entry.path, f"__init__{ending}")) for ending in endings):
                    yield entry.name, True
            elif entry.name.endswith(endings):
                yield entry.name.partition(".")[0], False


def _import(name: str, pack: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise PackError(f"rule pack {pack!r}: importing {name} failed: {type(error).__name__}: {error}") from error


def _rules(module: ModuleType) -> list[type[Rule]]:
    """The rule classes that a module defines itself; a class without `meta` whose name starts with an underscore is a part that rules share."""
    classes = (value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Rule) and value is not Rule)
    return [cls for cls in classes if cls.__module__ == module.__name__ and (hasattr(cls, "meta") or not cls.__name__.startswith("_"))]


def _problem(rule: type[Rule]) -> str | None:
    """What keeps a class from being a rule."""
    if not hasattr(rule, "meta"):
        return "has no meta"
    if not _CODE.fullmatch(rule.meta.code):
        return f"has the code {rule.meta.code!r}; a code is capital letters and three or four digits"
    if not _NAME.fullmatch(rule.meta.name):
        return f"has the name {rule.meta.name!r}; a name is in kebab case"
    hooks = [name for name in Rule.HOOKS if getattr(rule, name) is not getattr(Rule, name)]
    if len(hooks) != 1:
        return f"overrides {' and '.join(hooks) or 'no hook'}; a rule overrides exactly one of {', '.join(Rule.HOOKS)}"
    if not (rule.__doc__ or "").strip():
        return "has no docstring"
    return None
