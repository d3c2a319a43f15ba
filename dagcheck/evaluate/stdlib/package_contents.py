"""`pkgutil`: the modules that lie in folders of the project."""

from __future__ import annotations

import inspect
from pathlib import Path
from pkgutil import ModuleInfo
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.stdlib import files
from dagcheck.evaluate.stdlib.modelling import natives, unknown_names
from dagcheck.evaluate.values import Arguments, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def _iter_modules(interp: Interpreter, arguments: Arguments) -> Value:
    """`pkgutil.iter_modules(path, prefix)`: the modules and packages of the folders, by name, each once."""
    folders, prefix = arguments.get(0, "path"), arguments.get(1, "prefix", "")
    if folders is None or isinstance(prefix, Unknown):
        return interp.unknown("what can be imported everywhere is not known", "import") if folders is None else prefix
    items = interp.items(folders)
    if isinstance(items, Unknown):
        return items
    found: dict[str, bool] = {}
    for folder in items:
        entries = files.entries(interp, folder)
        if isinstance(entries, Unknown):
            return entries
        for entry in sorted(entries, key=lambda path: path.name):
            name, is_package = _module(interp, entry)
            if name is not None and name != "__init__":
                found.setdefault(name, is_package)
    finder: Any = interp.unknown("the finder of a module is not followed")
    return iter([ModuleInfo(finder, f"{prefix}{name}", is_package) for name, is_package in found.items()])


def _module(interp: Interpreter, entry: Path) -> tuple[str | None, bool]:
    """The name under which a file or folder is imported, and whether it is a package; no name for other ones."""
    if files.kind_of(interp, str(entry)) != "folder":
        return inspect.getmodulename(entry.name), False
    is_package = "." not in entry.name and files.kind_of(interp, str(entry / "__init__.py")) == "file"
    return entry.name if is_package else None, is_package


def pkgutil_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `pkgutil`."""
    return {
        **natives({"iter_modules": _iter_modules, "extend_path": lambda i, arguments: arguments.get(0, "path")}),
        **unknown_names("walk_packages get_data resolve_name", "import", "pkgutil"),
    }
