"""Read Python packages from their source alone: modules, what their names lead to, classes with constructors. Nothing is imported."""

from __future__ import annotations

import ast
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SUBMODULE_TABLES = ("_operators", "_sensors", "_hooks")
LAZY_TABLES = ("_IMPORT_MAP", "_RENAME_MAP", "_MODULE_MAP", "__lazy_imports", "__deprecated_imports")


@dataclass
class ClassSource:
    """One class as it is written: its place, its base expressions as dotted places (alternatives where an import has several), and its body."""

    module: str
    name: str
    bases: list[list[str]]
    node: ast.ClassDef

    @property
    def dotted(self) -> str:
        return f"{self.module}.{self.name}"

    def method(self, name: str) -> ast.FunctionDef | None:
        """The method of that name in this very class."""
        for item in self.node.body:
            if (
                isinstance(item, ast.FunctionDef)
                and item.name == name
                and not any(isinstance(d, ast.Name) and d.id == "overload" for d in item.decorator_list)
            ):
                return item
        return None


@dataclass
class ModuleSource:
    """One module: own names, names that it imports (each with its possible places, the likeliest first), classes and functions."""

    name: str
    own: set[str] = field(default_factory=set)
    imports: dict[str, list[str]] = field(default_factory=dict)
    classes: dict[str, ClassSource] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    values: dict[str, ast.expr] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)


def files_of(place: Path, prefix: str = "airflow/") -> Iterator[tuple[str, str]]:
    """The Python files of a wheel or of a folder of packages, as (path inside, text)."""
    if place.is_dir():
        for path in sorted((place / prefix).rglob("*.py")):
            yield path.relative_to(place).as_posix(), path.read_text(encoding="utf-8", errors="replace")
        return
    with zipfile.ZipFile(place) as wheel:
        for name in sorted(wheel.namelist()):
            if name.startswith(prefix) and name.endswith(".py"):
                yield name, wheel.read(name).decode("utf-8", errors="replace")


def module_name(path: str) -> str:
    """`airflow/models/__init__.py` to `airflow.models`."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def read_modules(files: Iterable[tuple[str, str]]) -> dict[str, ModuleSource]:
    """All modules that parse, by dotted name."""
    found = {}
    for path, text in files:
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        name = module_name(path)
        package = name if path.endswith("/__init__.py") else name.rpartition(".")[0]
        found[name] = Reader(name, package).read(tree)
    return found


class Reader:
    """Walks the statements of a module that run when it is imported: also inside `if` and `try`, not under `TYPE_CHECKING` (kept as a last resort)."""

    def __init__(self, name: str, package: str) -> None:
        self.module = ModuleSource(name)
        self.package = package
        self.typing_only: dict[str, list[str]] = {}

    def read(self, tree: ast.Module) -> ModuleSource:
        self.statements(tree.body)
        for name, places in self.typing_only.items():
            if name not in self.module.own:
                self.module.imports.setdefault(name, places)
        return self.module

    def statements(self, body: list[ast.stmt], typing: bool = False) -> None:
        for node in body:
            self.statement(node, typing)

    def statement(self, node: ast.stmt, typing: bool) -> None:
        match node:
            case ast.ImportFrom() | ast.Import():
                self.imported(node, typing)
            case ast.ClassDef():
                self.module.own.add(node.name)
                self.module.classes[node.name] = ClassSource(self.module.name, node.name, [self.places(base) for base in node.bases], node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.module.own.add(node.name)
                if isinstance(node, ast.FunctionDef):
                    self.module.functions[node.name] = node
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self.assigned(node)
            case ast.If():
                guarded = "TYPE_CHECKING" in ast.unparse(node.test)
                self.statements(node.body, typing or guarded)
                self.statements(node.orelse, typing)
            case ast.Try():
                for part in (node.body, *[handler.body for handler in node.handlers], node.orelse, node.finalbody):
                    self.statements(part, typing)
            case ast.With():
                self.statements(node.body, typing)

    def imported(self, node: ast.ImportFrom | ast.Import, typing: bool) -> None:
        table = self.typing_only if typing else self.module.imports
        if isinstance(node, ast.Import):
            for alias in node.names:
                local = alias.asname or alias.name.partition(".")[0]
                table.setdefault(local, []).append(alias.name if alias.asname else local)
            return
        parts = self.package.split(".")
        above = parts[: len(parts) - node.level + 1] if node.level else []
        source = ".".join([*above, *([node.module] if node.module else [])])
        for alias in node.names:
            if alias.name == "*":
                self.module.stars.append(source)
            else:
                table.setdefault(alias.asname or alias.name, []).append(f"{source}.{alias.name}")

    def assigned(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if not isinstance(target, ast.Name):
                continue
            self.module.own.add(target.id)
            if node.value is not None and not isinstance(node, ast.AugAssign):
                self.module.values[target.id] = node.value
                if target.id in LAZY_TABLES and isinstance(node.value, ast.Dict):
                    self.lazy_table(target.id, node.value)
                if target.id in SUBMODULE_TABLES and isinstance(node.value, ast.Dict):
                    self.submodule_table(node.value)
                alias = self.places(node.value)
                if isinstance(node.value, ast.Name) and alias:
                    self.module.imports.setdefault(target.id, alias)

    def submodule_table(self, node: ast.Dict) -> None:
        """Airflow 1.10's tables in the packages of operators, sensors and hooks: names by the submodule that they come from."""
        for submodule, names in ast.literal_eval(node).items():
            self.module.imports.update({name: [f"{self.module.name}.{submodule}.{name}"] for name in names})

    def lazy_table(self, table: str, node: ast.Dict) -> None:
        """Entries of a table for lazy imports, in the shapes that Airflow's providers use."""
        try:
            entries: dict[str, Any] = ast.literal_eval(node)
        except ValueError:
            return
        for name, target in entries.items():
            if not isinstance(name, str):
                continue
            places = [target] if isinstance(target, str) else [item for item in target if isinstance(item, str)]
            if table == "_RENAME_MAP":
                found = [f"{places[0]}.{name}", f"{places[1]}.{places[-1]}"]
            elif table == "_MODULE_MAP":
                found = places
            else:
                found = [f"{self.module.name}{place}.{name}" if place.startswith(".") else f"{place}.{name}" for place in places]
            self.module.imports[name] = found

    def places(self, node: ast.expr) -> list[str]:
        """The dotted places that an expression such as `module.Class` may mean; empty for anything else."""
        if isinstance(node, ast.Subscript):
            return self.places(node.value)
        if isinstance(node, ast.Name):
            if node.id in self.module.own and node.id not in self.module.imports:
                return [f"{self.module.name}.{node.id}"]
            return list(self.module.imports.get(node.id) or self.typing_only.get(node.id) or [f"builtins.{node.id}"])
        if isinstance(node, ast.Attribute):
            return [f"{place}.{node.attr}" for place in self.places(node.value)]
        return []


def read_core(site_packages: Path) -> dict[str, ModuleSource]:
    """The modules of the core that is installed in a folder, without providers, examples and migrations."""
    files = files_of(site_packages)
    return read_modules(
        file for file in files if not file[0].startswith(("airflow/providers/", "airflow/example_dags/", "airflow/migrations/"))
    )


def final(place: str | None, modules: dict[str, dict[str, str | None]], depth: int = 0) -> str | None:
    """Where a place leads at last, following the names of the core."""
    if place is None or depth > 12:
        return place
    module, _, name = place.rpartition(".")
    names = modules.get(module, {})
    lead = names.get(name)
    if lead is None and name not in names and "*" in names:
        lead = f"{names['*']}.{name}"
    return place if lead is None or lead == place else final(lead, modules, depth + 1)
