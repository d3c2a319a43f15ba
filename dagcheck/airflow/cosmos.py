"""`cosmos`: dbt projects as DAGs and groups, from the `manifest.json` in the project; without one, a DAG or group is one task and a doubt.

Facts of astronomer-cosmos 1.15.1, of November 2026.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagcheck.airflow.cosmos_graph import NotFollowed, Rendering, draw, draw_as_one, nodes_of_manifest, selected
from dagcheck.airflow.dag import DagClass, DagValue
from dagcheck.airflow.dagfactory_config import is_set
from dagcheck.airflow.group import GroupClass, GroupValue
from dagcheck.airflow.task import OperatorClass
from dagcheck.airflow.values import Constants
from dagcheck.evaluate.stdlib import files
from dagcheck.evaluate.values import MISSING, Arguments, Module, Native, Object, Value, describe
from dagcheck.model.values import Unknown
from dagcheck.patterns import late

if TYPE_CHECKING:
    from dagcheck.airflow.world import AirflowWorld
    from dagcheck.evaluate.interpreter import Interpreter

OF_COSMOS = frozenset(
    {"project_config", "profile_config", "execution_config", "render_config", "task_group", "operator_args", "on_warning_callback", "dag"}
)
"""Arguments that are not the DAG's or the group's own (`dag` is both)."""
CONFIGS = ("ProjectConfig", "ProfileConfig", "RenderConfig", "ExecutionConfig")
FIRST = {"ProjectConfig": "dbt_project_path", "RenderConfig": "emit_datasets", "ExecutionConfig": "execution_mode"}
ENUMS = (
    "DbtResourceType", "ExecutionMode", "InvocationMode", "LoadMode", "SeedRenderingBehavior", "SourceRenderingBehavior", "TestBehavior",
    "TestIndirectSelection",
)  # fmt: skip
OPERATOR = late(r"Dbt(Build|RunOperation|Run|Seed|Snapshot|Test|Source|LS|Clone|Deps|DocsS3|DocsGCS|DocsAzureStorage|Docs)(\w*)Operator")
NOT_FOLLOWED = (
    "node_converters", "group_nodes_by_folder", "selector", "source_rendering_behavior", "seed_rendering_behavior", "normalize_task_id",
    "should_detach_multiple_parents_tests",
)  # fmt: skip
"""Settings of the rendering that change tasks in ways that are not followed, when they are given."""
SAME_GRAPH = frozenset(
    {"local", "virtualenv", "docker", "kubernetes", "aws_eks", "aws_ecs", "azure_container_instance", "gcp_cloud_run_job"}
)
"""Execution modes that make one task of each command and no others."""


class Config(Object):
    """`ProjectConfig(…)` and the like: the arguments that it was made with."""

    __slots__ = ("name", "values", "why")

    def __init__(self, name: str, arguments: Arguments) -> None:
        self.name = name
        self.values: dict[str, Value] = dict(arguments.kwargs)
        if arguments.args and name in FIRST:
            self.values[FIRST[name]] = arguments.args[0]
        self.why = arguments.unknown_unpacking()

    def describe(self) -> str:
        return f"a {self.name}"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return self.values[name] if name in self.values else super().get_attr(interp, name)

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        interp.state.touch(self.values)
        self.values[name] = value


def cosmos_module(known: AirflowWorld, interp: Interpreter, dotted: str) -> Module | None:
    """A module of Cosmos, unless the project has something else of that name."""
    if interp.project.find_module("cosmos") is not None and interp.project.find_module("cosmos.airflow.graph") is None:
        return None
    return Module(dotted, {"__name__": dotted}, resolve=lambda i, name: _resolve(known, i, dotted, name))


def _resolve(known: AirflowWorld, interp: Interpreter, module: str, name: str) -> Value:
    """Classes by their name, wherever Cosmos shows them; MISSING for modules."""
    if name[:1].islower() or name.startswith("_"):
        return MISSING
    key = f"cosmos.{name}"
    if key not in known.native:
        known.native[key] = _make_name(module, name)
    return known.native[key]


def _make_name(module: str, name: str) -> Value:
    if name == "DbtDag":
        return DbtDagClass("cosmos.DbtDag")
    if name == "DbtTaskGroup":
        return DbtGroupClass("cosmos.DbtTaskGroup")
    if name in CONFIGS:
        return Native(name, lambda i, arguments: Config(name, arguments))
    if name in ENUMS:
        return Constants(name)
    match = OPERATOR.fullmatch(name)
    if match is not None:
        return OperatorClass(f"{module}.{name if match.group(2) else name.removesuffix('Operator') + 'LocalOperator'}", None)
    return Native(f"cosmos.{name}", lambda i, arguments: Config(name, arguments))


class DbtDagClass(DagClass):
    """`DbtDag`."""

    __slots__ = ()

    def __init__(self, dotted: str) -> None:
        super().__init__(dotted)
        self.name = "DbtDag"

    def init(self, interp: Interpreter, instance: Value, arguments: Arguments) -> None:
        if isinstance(instance, DagValue):
            own, rest = _parted(arguments, ())
            super().init(interp, instance, rest)
            _fill(interp, instance, None, own, "DbtDag")


class DbtGroupClass(GroupClass):
    """`DbtTaskGroup`."""

    __slots__ = ()

    def __init__(self, dotted: str) -> None:
        super().__init__(dotted)
        self.name = "DbtTaskGroup"

    def init(self, interp: Interpreter, instance: Value, arguments: Arguments) -> None:
        if not isinstance(instance, GroupValue):
            return
        own, rest = _parted(arguments, ("dag",))
        if not rest.args:
            rest.kwargs.setdefault("group_id", "dbt_task_group")
        super().init(interp, instance, rest)
        if instance.dag is not None:
            _fill(interp, instance.dag, instance, own, "DbtTaskGroup")


def _parted(arguments: Arguments, both: tuple[str, ...]) -> tuple[dict[str, Value], Arguments]:
    """Cosmos's arguments, and the call that is left for Airflow's class."""
    own = {name: value for name, value in arguments.kwargs.items() if name in OF_COSMOS}
    rest = {name: value for name, value in arguments.kwargs.items() if name not in OF_COSMOS or name in both}
    return own, arguments.but(*arguments.args, **rest)


def _fill(interp: Interpreter, dag: DagValue, group: GroupValue | None, own: dict[str, Value], name: str) -> None:
    """Draw the project; what cannot be followed becomes one task and a doubt."""
    try:
        rendering = _rendering(own)
        _check(interp, own, rendering.mode)
        render = _config(own, "render_config")
        select, exclude = (_texts(render.get(key)) for key in ("select", "exclude"))
        nodes = selected(nodes_of_manifest(_manifest(interp, own)), select, exclude)
    except NotFollowed as error:
        dag.doubt(interp.unknown(f"Cosmos: {error}", "file"))
        draw_as_one(interp, dag, group, name)
        return
    draw(interp, dag, group, nodes, rendering)


def _config(own: dict[str, Value], name: str) -> dict[str, Value]:
    config = own.get(name)
    if config is None:
        return {}
    if not isinstance(config, Config) or config.why is not None:
        raise NotFollowed(f"the {name} is not known")
    return config.values


def _texts(value: Value) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise NotFollowed("what is selected is not known")
    return list(value)


def _rendering(own: dict[str, Value]) -> Rendering:
    render, execution, project = (_config(own, name) for name in ("render_config", "execution_config", "project_config"))
    strange = next((name for name in NOT_FOLLOWED if is_set(render.get(name))), None)
    if strange is not None:
        raise NotFollowed(f"RenderConfig.{strange} is not followed")
    arguments = {} if own.get("operator_args") is None else own["operator_args"]
    tests, mode = render.get("test_behavior", "after_each"), execution.get("execution_mode", "local")
    load = render.get("load_method", "automatic")
    if load not in ("automatic", "dbt_manifest"):
        raise NotFollowed(
            "the project is not loaded from a manifest" if isinstance(load, str) else "how the project is loaded is not known"
        )
    if tests not in ("after_each", "after_all", "none", "build") or mode not in SAME_GRAPH:
        raise NotFollowed("this way to run or test is not followed")
    if not isinstance(arguments, dict) or not all(isinstance(name, str) for name in arguments):
        raise NotFollowed("the operator_args are not known")
    given = {"env": project.get("env_vars"), "vars": project.get("dbt_vars")}  # where they are XComs, each task waits for them
    arguments = {**arguments, **{name: value for name, value in given.items() if is_set(value)}}
    path, name = project.get("dbt_project_path"), project.get("project_name")
    if isinstance(path, Unknown) or isinstance(name, Unknown):
        raise NotFollowed("which project is meant is not known")
    return Rendering(tests, mode, arguments, str(name or (Path(str(path)).stem if path else "")))


def _check(interp: Interpreter, own: dict[str, Value], mode: str) -> None:
    """What Cosmos wants to find before it draws anything; where it is not in the project, it may be where Airflow runs."""
    project, profile, execution = (_config(own, name) for name in ("project_config", "profile_config", "execution_config"))
    folder, other = project.get("dbt_project_path"), execution.get("dbt_project_path")
    if is_set(folder) == is_set(other):
        raise NotFollowed("dbt_project_path must be given once, to ProjectConfig or to ExecutionConfig")
    needed: list[tuple[Value, str]] = []
    if is_set(folder):
        models = project.get("models_relative_path", "models")
        needed = [(f"{folder}/dbt_project.yml", "file"), (f"{folder}/{models}", "folder")]
    if mode in ("local", "virtualenv"):
        if not profile:
            raise NotFollowed("a profile_config must be given")
        if profile.get("profiles_yml_filepath") is not None:
            needed.append((profile["profiles_yml_filepath"], "file"))
    for path, kind in needed:
        if files.kind_of(interp, path) != kind:
            raise NotFollowed(f"there is no {kind} at {describe(path) if isinstance(path, Object | Unknown) else path}")


def _manifest(interp: Interpreter, own: dict[str, Value]) -> Any:
    """The content of the manifest, which must be below the project's roots."""
    path = _config(own, "project_config").get("manifest_path")
    if path is None:
        raise NotFollowed("the project names no manifest, so dbt lists its nodes while the file is loaded")
    if isinstance(path, Unknown):
        raise NotFollowed(path.reason)
    if files.kind_of(interp, path) != "file":
        raise NotFollowed(f"there is no manifest at {describe(path) if isinstance(path, Object) else path}")
    text = files.read_text(interp, path)
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        raise NotFollowed("the manifest is no JSON") from None
