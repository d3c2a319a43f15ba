"""Imports: modelled modules first, then the project's files, evaluated once each; everything else is External."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from dagcheck.evaluate.values import MISSING, External, Module, Raised, Value
from dagcheck.model.values import Unknown
from dagcheck.source.text import SourceError

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


ON_THE_PATH = ("dags", "plugins")
"""Folders that Airflow puts on the import path, whether they are packages or not."""


def run_import(interp: Interpreter, node: ast.Import) -> None:
    """`import a.b as c`."""
    for alias in node.names:
        module = import_module(interp, alias.name)
        if alias.asname:
            _assign(interp, alias.asname, module)
        else:
            top = alias.name.partition(".")[0]
            _assign(interp, top, import_module(interp, top) if "." in alias.name else module)


def run_import_from(interp: Interpreter, node: ast.ImportFrom) -> None:
    """`from a.b import c as d`, also relative and with `*`."""
    dotted = _absolute(interp, node.module or "", node.level)
    module = import_module(interp, dotted)
    for alias in node.names:
        if alias.name == "*":
            _import_all(interp, module)
        else:
            _assign(interp, alias.asname or alias.name, imported_name(interp, module, alias.name))


def _assign(interp: Interpreter, name: str, value: Value) -> None:
    target = interp.frames[-1].scope.target(name)
    interp.state.touch(target)
    target[name] = value


def _absolute(interp: Interpreter, name: str, level: int) -> str:
    if level == 0:
        return name
    package = str(interp.frame.module.namespace.get("__package__") or "")
    parts = package.split(".") if package else []
    if level - 1 >= len(parts):
        raise interp.raises(ImportError("attempted relative import with no known parent package"))
    base = ".".join(parts[: len(parts) - level + 1])
    return f"{base}.{name}" if name else base


def imported_name(interp: Interpreter, module: Value, name: str) -> Value:
    """`from module import name`. Raises Raised(ImportError) for a name that is surely not there."""
    if not isinstance(module, Module):
        return interp.get_attr(module, name)
    if name in module.namespace:
        return module.namespace[name]
    if module.resolve is not None:
        value = module.resolve(interp, name)
        if value is not MISSING:
            module.namespace[name] = value
            return value
    if module.path is not None or module.source is None:
        found = find_submodule(interp, f"{module.name}.{name}")
        if found is not None:
            return found
    brought = module.from_stars(interp, name)
    if brought is not MISSING:
        return brought
    getter = module.namespace.get("__getattr__")
    if getter is not None:
        return interp.call_values(getter, name)
    if module.partial is not None:
        return module.partial
    blurred = interp.state.blurry(module.namespace)
    if blurred is not None:  # globals().update(…) of what is not known
        interp.unknowns += 1
        if not interp.trying:
            interp.doubt(blurred)
        return blurred
    from dagcheck.evaluate.stdlib import is_standard

    if (
        _is_completed_elsewhere(interp, module)
        or interp.knowledge.installed(module.name)  # Airflow looks into the folders of plugins last
        or (_is_package(module) and interp.project.is_built(f"{module.name}.{name}"))
    ):
        interp.unknowns += 1
        return External(f"{module.name}.{name}")
    if is_standard(module.name):
        return interp.unknown(f"{module.name}.{name} is not followed")
    raise interp.raises(ImportError(f"cannot import name {name!r} from {module.name!r}"))


def _is_completed_elsewhere(interp: Interpreter, module: Module) -> bool:
    """True for a mere folder without a module right in it: an installed package of the same name would win over it."""
    if module.source is not None or module.path is None:
        return False
    return not any(path.suffix == ".py" for path in interp.project.list_folder(Path(module.path)))


def _is_package(module: Module) -> bool:
    return "__path__" in module.namespace and module.path is not None


def _import_all(interp: Interpreter, module: Value) -> None:
    from dagcheck.evaluate.stdlib import is_standard

    if not isinstance(module, Module):
        interp.doubt(
            interp.unknown(
                f"`from {module.describe() if hasattr(module, 'describe') else '?'} import *` brings names that are not known", "import"
            )
        )
        interp.frame.module.stars.append(module)
        return
    if module.resolve is not None and not is_standard(module.name):
        interp.frame.module.stars.append(module)
    interp.frame.module.stars += module.stars
    listed = module.namespace.get("__all__")
    names = listed if isinstance(listed, list | tuple) else [name for name in module.namespace if not name.startswith("_")]
    for name in list(names):
        if isinstance(name, str):
            _assign(interp, name, imported_name(interp, module, name))


def import_module(interp: Interpreter, dotted: str) -> Value:
    """The module of an absolute dotted name: modelled, of the project, or External. Parents are imported first, as Python does."""
    found = interp.modules.get(dotted)
    if found is not None:
        return found
    module = find_module(interp, dotted)
    if module is not None:
        return module
    top = dotted.partition(".")[0]
    if (
        "." in dotted
        and not interp.knowledge.installed(dotted)
        and _is_project(interp, top)
        and interp.project.find_module(top) is not None
    ):
        if interp.project.is_built(dotted):
            return _built(interp, dotted)
        raise interp.raises(ModuleNotFoundError(f"No module named {dotted!r}"))
    if not interp.knowledge.installed(dotted):
        interp.unknowns += 1
    return External(dotted)


def _built(interp: Interpreter, dotted: str) -> Value:
    """A module that nobody can read, as a part of its package."""
    interp.unknowns += 1
    parent, _, name = dotted.rpartition(".")
    module, package = External(dotted), find_module(interp, parent)
    if package is not None:
        package.namespace.setdefault(name, module)
    return module


def _is_project(interp: Interpreter, top: str) -> bool:
    """True if a top-level name is a regular package or module of the project (a mere folder may be completed elsewhere)."""
    module = interp.modules.get(top)
    if module is not None:
        return module.source is not None
    found = interp.project.find_module(top)
    return found is not None and found.suffix == ".py" and not _is_part_of_package(interp, top)


def _is_part_of_package(interp: Interpreter, dotted: str) -> bool:
    """True if what bears the name of an installed library is a module inside a package.

    The folder of a file is a root only by guess, and `sqlalchemy` is then not `package.sqlalchemy`.
    """
    top = dotted.partition(".")[0]
    found = interp.project.find_module(top) if interp.knowledge.installed(top) else None
    if found is None:
        return False
    root = found.parent.parent if found.name == "__init__.py" else found.parent
    return root.name not in ON_THE_PATH and _kind(interp, root / "__init__.py") == "file"


def find_module(interp: Interpreter, dotted: str) -> Module | None:
    """A module that is modelled or in the project, evaluated on its first import; None for others."""
    if dotted in interp.modules:
        return interp.modules[dotted]
    from dagcheck.evaluate.stdlib import standard_module

    module = standard_module(interp, dotted) or interp.knowledge.module(interp, dotted)
    if module is not None:
        interp.modules[dotted] = module
        return module
    parent = dotted.rpartition(".")[0]
    if parent and find_module(interp, parent) is None:
        return None
    return _project_module(interp, dotted)


def _project_module(interp: Interpreter, dotted: str) -> Module | None:
    path = interp.project.find_module(dotted) or _in_extra_roots(interp, dotted) or _behind_root_name(interp, dotted)
    if path is None or _is_part_of_package(interp, dotted):
        return None
    if interp.project.leads_out(path):
        module = Module(dotted, {"__name__": dotted})
        module.partial = interp.unknown(
            f"the module {dotted} lies outside of the project's roots, where a link leads, and is not read", "import"
        )
        interp.modules[dotted] = module
        return module
    if path.suffix != ".py":
        module = Module(dotted, {"__name__": dotted, "__path__": [str(path)], "__package__": dotted}, str(path))
        interp.modules[dotted] = module
        return module
    try:
        source = interp.project.source(path)
    except SourceError as error:
        raise interp.raises(SyntaxError(f"{interp.project.show(path)}: {error.message}")) from None
    try:
        return interp.run_module(source, dotted)
    except Raised:
        interp.modules.pop(dotted, None)
        raise


def in_project(interp: Interpreter, dotted: str) -> bool:
    """True if the project has a module of that name."""
    return interp.project.find_module(dotted) is not None or _behind_root_name(interp, dotted) is not None


def _behind_root_name(interp: Interpreter, dotted: str) -> Path | None:
    """The file of `dags.common.x` where a root is itself the folder `dags`: the folder above it is then on the path, too."""
    parts = dotted.split(".")
    for root in interp.project.roots:
        for count in range(1, len(parts)):
            if root.parts[-count:] == tuple(parts[:count]):
                found = interp.project.find_module(".".join(parts[count:]))
                if found is not None and found.is_relative_to(root):
                    return found
        if root.parts[-len(parts) :] == tuple(parts):
            return root
    return None


def _in_extra_roots(interp: Interpreter, dotted: str) -> Path | None:
    """The file of a module below a folder that the program put on `sys.path`."""
    system = interp.modules.get("sys")
    paths = system.namespace.get("path", []) if system is not None else []
    for root in paths:
        if isinstance(root, str) and root:
            base = Path(root).joinpath(*dotted.split("."))
            for candidate in (base / "__init__.py", base.with_suffix(".py")):
                if _kind(interp, candidate) == "file":
                    return candidate
            if _kind(interp, base) == "folder":
                return base
    return None


def _kind(interp: Interpreter, path: Path) -> str:
    from dagcheck.source.project import OutsideRoots

    try:
        return interp.project.kind(path)
    except OutsideRoots:
        return "none"


def find_submodule(interp: Interpreter, dotted: str) -> Module | None:
    """The submodule that `from package import name` would import."""
    return find_module(interp, dotted)


def loaded_submodule(interp: Interpreter, module: Module, name: str) -> Value | None:
    """`package.name` for a submodule that was imported already, or that is modelled."""
    dotted = f"{module.name}.{name}"
    if dotted in interp.modules:
        return interp.modules[dotted]
    return None if module.source is not None else find_module(interp, dotted)


__all__ = ["Unknown", "find_module", "import_module", "imported_name", "loaded_submodule", "run_import", "run_import_from"]
