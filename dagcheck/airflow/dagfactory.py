"""`dagfactory`: DAGs out of YAML files. A DAG that dag-factory would fail to build is left out, as it leaves it out; what is not followed is a doubt on its DAG.

Facts of dag-factory 1.1.0 and what came after it, of November 2026; `DagFactory` is of the releases before 1.0.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from dagcheck.airflow.dagfactory_config import copied, global_defaults, is_set, load_yaml, with_defaults
from dagcheck.airflow.dagfactory_dags import build_dag
from dagcheck.airflow.world import AirflowWorld, world
from dagcheck.evaluate.stdlib import files
from dagcheck.evaluate.values import Arguments, Module, Native, Object, Raised, Value, describe
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    import pathspec

    from dagcheck.airflow.dag import DagValue
    from dagcheck.evaluate.interpreter import Interpreter

NOT_DAGS = frozenset({"default", "task_groups"})
SUFFIXES = (".yaml", ".yml")
OLD_NAMES = {
    "config": "config_dict",
    "default_args_config_path": "defaults_config_path",
    "default_args_config_dict": "defaults_config_dict",
}


def dagfactory_module(known: AirflowWorld, interp: Interpreter, dotted: str) -> Module | None:
    """`dagfactory`, unless the project has something else of that name."""
    if dotted not in ("dagfactory", "dagfactory.dagfactory"):
        return None
    if interp.project.find_module("dagfactory") is not None and interp.project.find_module("dagfactory.dagbuilder") is None:
        return None
    factory = Native("DagFactory", OldFactory)
    names: dict[str, Value] = {"load_yaml_dags": Native("load_yaml_dags", load_yaml_dags), "DagFactory": factory}
    return Module(dotted, {"__name__": dotted, **names})


def load_yaml_dags(interp: Interpreter, arguments: Arguments) -> Value:
    """`load_yaml_dags(globals_dict, dags_folder, config_filepath, defaults_config_path, config_dict, defaults_config_dict, suffix)`."""
    namespace = arguments.get(0, "globals_dict")
    path, table = arguments.get(2, "config_filepath"), arguments.get(4, "config_dict")
    defaults = Defaults(interp, arguments.get(3, "defaults_config_path"), arguments.get(5, "defaults_config_dict"))
    why = next((value for value in (path, table, arguments.get(6, "suffix")) if isinstance(value, Unknown)), arguments.unknown_unpacking())
    if why is not None:
        interp.doubt(why)
    elif path:
        _absolute(interp, path)
        _generate(interp, str(path), load_yaml(interp, str(path)), defaults, namespace)
    elif table:
        _generate(interp, None, table, defaults, namespace)
    else:
        _load_folder(interp, arguments, defaults, namespace)
    return None


def _absolute(interp: Interpreter, path: Value) -> None:
    if not os.path.isabs(str(path)):
        raise interp.raises(ValueError("config_filepath must be an absolute path"))


class Defaults:
    """Where defaults for all DAGs come from: a table, or the files below a folder (Airflow's DAG folder where none is named)."""

    def __init__(self, interp: Interpreter, root: Value, table: Value) -> None:
        self.root = _dag_folder(interp) if root is None else root
        self.table = table

    def read(self, interp: Interpreter, path: str | None, doubts: list[Unknown]) -> dict[str, Value]:
        """The defaults for a configuration; what is not known of them becomes a doubt."""
        if not is_set(self.table):
            return global_defaults(interp, path, self.root, doubts)
        if isinstance(self.table, dict):
            return self.table
        doubts.append(self.table if isinstance(self.table, Unknown) else interp.unknown(f"defaults that are {describe(self.table)}"))
        return {}


def _dag_folder(interp: Interpreter) -> str | Unknown:
    found = world(interp).target.settings.get("core.dags_folder")
    return found or interp.unknown("the Airflow setting core.dags_folder is not known", "environment", name="core.dags_folder")


def _load_folder(interp: Interpreter, arguments: Arguments, defaults: Defaults, namespace: Value) -> None:
    """All YAML files below a folder; one that cannot be loaded is left out."""
    folder = arguments.get(1, "dags_folder")
    given = folder is not None
    if not given:
        folder = _dag_folder(interp)
        if isinstance(folder, Unknown):
            interp.doubt(folder)
            folder = str(Path(str(interp.frames[0].module.path)).parent)
    suffixes = arguments.get(6, "suffix") or SUFFIXES
    if isinstance(folder, Unknown) or isinstance(kind := files.kind_of(interp, str(folder)), Unknown):
        interp.doubt(folder if isinstance(folder, Unknown) else cast("Unknown", kind))
        return
    for path in _walk(interp, Path(str(folder)), {}, tuple(suffixes)):
        try:
            _generate(interp, str(path), load_yaml(interp, str(path)), defaults, namespace)
        except Raised as error:
            _left_out(interp, interp.project.show(path), error)


def _walk(
    interp: Interpreter, folder: Path, ignored: dict[Path, list[pathspec.GitIgnoreSpec]], suffixes: tuple[str, ...]
) -> Iterator[Path]:
    """The files with these endings, a folder's own before those of the folders in it, without those that an `.airflowignore` names."""
    import pathspec

    found = files.entries(interp, str(folder)) if files.kind_of(interp, str(folder)) == "folder" else []
    entries = [] if isinstance(found, Unknown) else found
    if folder / ".airflowignore" in entries:
        text = files.read_text(interp, str(folder / ".airflowignore"))
        lines = [] if isinstance(text, Unknown) else [line.partition("#")[0].strip() for line in text.split("\n")]
        ignored = {**ignored, folder: [pathspec.GitIgnoreSpec.from_lines([line]) for line in lines if line]}
    inner = [entry for entry in entries if files.kind_of(interp, str(entry)) == "folder"]
    yield from (entry for entry in entries if entry not in inner and entry.name.endswith(suffixes) and not _is_ignored(entry, ignored, ""))
    for entry in inner:
        if not _is_ignored(entry, ignored, "/"):
            yield from _walk(interp, entry, ignored, suffixes)


def _is_ignored(path: Path, ignored: dict[Path, list[pathspec.GitIgnoreSpec]], ending: str) -> bool:
    """The last pattern that has something to say decides."""
    decision = False
    for folder, specs in ignored.items():
        for spec in specs:
            found = spec.check_file(f"{path.relative_to(folder).as_posix()}{ending}").include
            decision = decision if found is None else found
    return decision


def _generate(interp: Interpreter, path: str | None, config: Value, defaults: Defaults, namespace: Value) -> None:
    """Build the DAGs of one configuration and put them into the program's globals."""
    if not isinstance(namespace, dict):
        interp.doubt(namespace if isinstance(namespace, Unknown) else interp.unknown("globals that are no mapping", "error"))
        return
    for dag in build_dags(interp, path, config, defaults).values():
        interp.state.touch(namespace)
        namespace[str(dag.dag_id)] = dag


def build_dags(interp: Interpreter, path: str | None, config: Value, defaults: Defaults, strict: bool = False) -> dict[str, DagValue]:
    """The DAGs of a configuration by id. With `strict` one that fails is raised, else it is left out."""
    if isinstance(config, Unknown):
        interp.doubt(config)
        return {}
    if not isinstance(config, dict):
        raise interp.raises(AttributeError(f"a configuration must be a mapping, not {describe(config)}"))
    doubts: list[Unknown] = []
    shared = defaults.read(interp, path, doubts)
    default = copied(_mapping(interp, config, "default", doubts))
    default["default_args"] = {**_mapping(interp, shared, "default_args", doubts), **_mapping(interp, default, "default_args", doubts)}
    general = with_defaults({}, shared)
    strict = strict or world(interp).target.settings.get("dag_factory.strict_mode", "").lower() in ("true", "t", "1")
    found: dict[str, DagValue] = {}
    for name, section in config.items():
        if name in NOT_DAGS:
            continue
        if isinstance(name, Unknown) or isinstance(section, Unknown):
            interp.doubt(name if isinstance(name, Unknown) else section)
            continue
        try:
            found[name] = build_dag(interp, name, {**general, **section} if isinstance(section, dict) else section, default)
        except Raised as error:
            if strict:
                raise
            _left_out(interp, f"the DAG {name!r}", error)
            doubts.append(interp.unknown(f"releases of dag-factory up to 1.1 leave out all DAGs of a file when one, here {name!r}, fails"))
    for dag in found.values():
        for why in doubts:
            dag.doubt(why)
    return found


def _mapping(interp: Interpreter, table: dict[str, Value], key: str, doubts: list[Unknown]) -> dict[str, Value]:
    """The mapping under a key, empty where there is none; one that is not known becomes a doubt."""
    found = table.get(key, {})
    if isinstance(found, Unknown):
        doubts.append(found)
        return {}
    if not isinstance(found, dict):
        raise interp.raises(AttributeError(f"{key} must be a mapping, not {describe(found)}"))
    return found


def _left_out(interp: Interpreter, what: str, error: Raised) -> None:
    """dag-factory logs the error and goes on; what was begun is never loaded."""
    world(interp).misuse(interp, "lost-dag", f"dag-factory leaves {what} out: {describe(error.value)}")


class OldFactory(Object):
    """`DagFactory(…)` of the releases before 1.0, which differ in tags and schedules: its DAGs are never exact."""

    __slots__ = ("config", "defaults", "path")

    def __init__(self, interp: Interpreter, arguments: Arguments) -> None:
        given = {OLD_NAMES.get(name, name): value for name, value in arguments.kwargs.items()}
        path = given.get("config_filepath", arguments.args[0] if arguments.args else None)
        self.config: Value = given.get("config_dict", arguments.args[1] if len(arguments.args) > 1 else None)
        self.defaults = Defaults(interp, given.get("defaults_config_path"), given.get("defaults_config_dict"))
        self.path: str | None = None
        if isinstance(path, Unknown):
            self.config = path
        elif path:
            _absolute(interp, path)
            self.path = str(path)
            self.config = load_yaml(interp, self.path)

    def describe(self) -> str:
        return "a DagFactory"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name == "generate_dags":
            return Native(name, self._generate_dags)
        if name == "build_dags":
            return Native(name, lambda i, _: self._build(i))
        return Native(name, lambda i, _: None) if name == "clean_dags" else super().get_attr(interp, name)

    def _build(self, interp: Interpreter) -> dict[str, DagValue]:
        dags = build_dags(interp, self.path, self.config, self.defaults, strict=True)
        for dag in dags.values():
            dag.doubt(interp.unknown("which release of dag-factory before 1.0 is installed is not known, and they differ"))
        return dags

    def _generate_dags(self, interp: Interpreter, arguments: Arguments) -> Value:
        namespace = arguments.get(0, "globals")
        if not isinstance(namespace, dict):
            interp.doubt(interp.unknown("globals that are no mapping"))
            return None
        interp.state.touch(namespace)
        namespace.update(self._build(interp))
        return None
