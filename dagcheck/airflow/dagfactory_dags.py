"""One DAG of dag-factory: its arguments and schedule, its groups, its tasks in the order of their dependencies, and the edges.

Facts of dag-factory 1.1.0 (its `dagbuilder.py`), of November 2026.
"""

from __future__ import annotations

import ast
import os
import re
from typing import TYPE_CHECKING

from dagcheck.airflow.dag import DagValue
from dagcheck.airflow.dagfactory_config import copied, given, import_string, is_set, make_asset, merged, moment
from dagcheck.airflow.dagfactory_tasks import (
    NOT_ARGUMENTS,
    TASK_CALLBACKS,
    Table,
    assets_in_file,
    make_decorated,
    make_task,
    put_callback,
    put_outputs,
)
from dagcheck.airflow.task import TaskValue
from dagcheck.airflow.world import world
from dagcheck.evaluate.operators import binary
from dagcheck.evaluate.stdlib import files
from dagcheck.evaluate.values import Arguments, Object, Value, describe
from dagcheck.model.values import Unknown
from dagcheck.patterns import late

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

PASSED_ON = (
    "dag_display_name", "description", "max_active_tasks", "catchup", "max_active_runs", "dagrun_timeout", "template_searchpath",
    "render_template_as_native_obj", "on_success_callback", "on_failure_callback", "default_args", "doc_md", "access_control",
    "is_paused_upon_creation", "params", "start_date", "end_date",
)  # fmt: skip
"""Keys that become arguments of the DAG as they are."""
DAG_CALLBACKS = ("on_execute_callback", "on_success_callback", "on_failure_callback")
STRUCTURE: dict[str, type] = {"dependencies": list, "task_group_name": str, "parent_group_name": str, "expand": dict, "partial": dict}
"""Keys of tasks and groups that decide what there is and how it is linked."""
NAME = late(r"\b[a-zA-Z_][a-zA-Z0-9_]*\b")
URI = late(r"[a-zA-Z][a-zA-Z0-9+.-]*://[a-zA-Z0-9\-_/\.]+")


def build_dag(interp: Interpreter, name: Value, config: Value, default: Table) -> DagValue:
    """The DAG of one section. Raises Raised where dag-factory would fail; what is not known is a doubt on the DAG."""
    params: Table = merged(copied(_table(interp, config)), copied(default))
    doubts: list[Unknown] = []
    if not isinstance(name, str):
        raise interp.raises(TypeError(f"a DAG's id must be a text, not {describe(name)}"))
    args = params.get("default_args")
    if isinstance(args, Unknown):
        doubts.append(args)
    elif not isinstance(args, dict | None):
        raise interp.raises(TypeError("default_args must be a mapping"))
    args = params["default_args"] = args if isinstance(args, dict) else {}
    for table in (params, args):
        for key in ("start_date", "end_date"):
            if given(table, key):
                table[key] = moment(interp, table[key], table.get("timezone", "UTC"))
    dag = _make_dag(interp, name, params, doubts)
    for why in doubts:
        dag.doubt(why)
    tasks = _by_name(interp, dag, params.get("tasks"), "task_id")
    configured = _by_name(interp, dag, params.get("task_groups"), "group_name")
    groups: Table = {}
    for group in configured:
        _make_group(interp, dag, group, configured, groups, ())
    made = _make_tasks(interp, dag, tasks, groups)
    _link(interp, {**tasks, **configured}, {**made, **groups})
    return dag


def _table(interp: Interpreter, value: Value) -> Table:
    if not isinstance(value, dict):
        raise interp.raises(TypeError(f"{describe(value)} where a mapping is wanted"))
    return value


def _make_dag(interp: Interpreter, name: Value, params: Table, doubts: list[Unknown]) -> DagValue:
    from dagcheck.airflow.names import value_of

    known = world(interp)
    waiting = DagValue(None, None)
    for kind in DAG_CALLBACKS:
        put_callback(interp, waiting, params, kind)
    for kind in TASK_CALLBACKS:
        put_callback(interp, waiting, params["default_args"], kind)
    doubts += waiting.doubts
    _check(interp, params, doubts)
    kwargs: Table = {"dag_id": name, **{key: params[key] for key in PASSED_ON if key in params}}
    if "concurrency" in params:
        kwargs["max_active_tasks"] = params["concurrency"]
    if is_set(params.get("timetable")):
        kwargs["timetable"] = params["timetable"]
    _put_schedule(interp, params, kwargs, doubts)
    if is_set(params.get("user_defined_macros")):
        kwargs["user_defined_macros"] = _macros(interp, params["user_defined_macros"])
    kwargs["tags"] = _tags(interp, params.get("tags", []))
    strange = sorted(set(kwargs) - set(known.facts.dag_parameters))
    if strange and known.target.release >= (2, 11):
        raise interp.raises(TypeError(f"DAG takes no argument {strange[0]!r}"))
    dag = interp.call(value_of(known, "airflow.models.dag.DAG"), Arguments([], kwargs, span=interp.spot))
    assert isinstance(dag, DagValue)
    return dag


def _check(interp: Interpreter, params: Table, doubts: list[Unknown]) -> None:
    """Values that dag-factory itself refuses."""
    if given(params, "template_searchpath"):
        paths = params["template_searchpath"]
        for path in paths if isinstance(paths, list) else [paths]:
            kind = files.kind_of(interp, path) if isinstance(path, str) and os.path.isabs(path) else "none"
            if isinstance(kind, Unknown):
                doubts.append(kind)
            elif kind != "folder":
                raise interp.raises(ValueError("template_searchpath must name folders by their absolute paths"))
    if given(params, "render_template_as_native_obj") and not isinstance(params["render_template_as_native_obj"], bool | Unknown):
        raise interp.raises(ValueError("render_template_as_native_obj must be true or false"))
    if isinstance(params.get("doc_md_file_path"), str) and not os.path.isabs(params["doc_md_file_path"]):
        raise interp.raises(ValueError("doc_md_file_path must be absolute"))


def _tags(interp: Interpreter, tags: Value) -> Value:
    if isinstance(tags, Unknown):
        return tags
    if not isinstance(tags, list) or not all(isinstance(tag, str | Unknown) for tag in tags):
        raise interp.raises(AttributeError("tags must be a list of texts"))
    return tags if "dagfactory" in tags else [*tags, "dagfactory"]


def _macros(interp: Interpreter, macros: Value) -> Table:
    found: Table = {}
    if isinstance(macros, Unknown):
        return found
    for key, value in _table(interp, macros).items():
        inner = _macros(interp, value) if isinstance(value, dict) else value
        found[key] = import_string(interp, value) if isinstance(value, str) else inner
    return found


def _put_schedule(interp: Interpreter, params: Table, kwargs: Table, doubts: list[Unknown]) -> None:
    """Releases before 1.0 had `schedule_interval`, and schedules with a type and a value; which release is installed is not known."""
    schedule = params.get("schedule")
    third = world(interp).target.release >= (3, 0)
    if given(params, "schedule_interval"):
        doubts.append(interp.unknown("dag-factory 1.0 and later leave a DAG with schedule_interval out; older releases take it"))
        kwargs["schedule"] = params["schedule_interval"]
    elif isinstance(schedule, str) and schedule.strip().lower() == "none":
        kwargs["schedule"] = None
    elif isinstance(schedule, dict):
        kwargs["schedule"] = _schedule_of(interp, schedule, third)
    elif isinstance(schedule, list):
        items = [item.strip() if isinstance(item, str) else item for item in schedule]
        doubts += [item for item in items if isinstance(item, Unknown)]
        if not third and any(is_set(item) for item in items):
            raise interp.raises(ValueError("Airflow 2 takes no list of texts as a schedule"))
        kwargs["schedule"] = [make_asset(interp, item) if isinstance(item, str) else item for item in items if item not in (None, "")]
    elif third or schedule is not None:
        kwargs["schedule"] = schedule
    if isinstance(kwargs.get("schedule"), Unknown):
        doubts.append(kwargs["schedule"])


def _schedule_of(interp: Interpreter, schedule: Table, third: bool) -> Value:
    if "value" in schedule:
        return interp.unknown("a schedule with a value and a type is of releases of dag-factory before 1.0")
    if third or not given(schedule, "datasets"):
        raise interp.raises(ValueError("a mapping is no schedule"))
    listed = schedule["datasets"]
    if isinstance(listed, Unknown):
        return listed
    condition = " & ".join(map(str, listed)) if isinstance(listed, list) else listed
    if not isinstance(condition, str):
        return interp.unknown("a condition over datasets that is no text")
    found = _condition(interp, condition, schedule.get("file"))
    return interp.unknown("datasets together with a timetable are not followed") if given(schedule, "timetable") else found


def _condition(interp: Interpreter, text: str, path: Value) -> Value:
    """A condition over names and URIs; with a file, its names are those of the file's assets."""
    uris: dict[str, str] = {}
    for uri in (*NAME.findall(text), *URI.findall(text)):
        name = re.sub(r"\W|^(?=\d)", "_", uri)
        text = text.replace(uri, name)
        uris[name] = uri
    if path is not None:
        uris = assets_in_file(interp, path, list(uris))
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError as error:
        raise interp.raises(error) from None
    return _evaluated(interp, tree.body, uris)


def _evaluated(interp: Interpreter, node: ast.expr, uris: dict[str, str]) -> Value:
    if isinstance(node, ast.Name) and node.id in uris:
        return make_asset(interp, uris[node.id])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        left, right = _evaluated(interp, node.left, uris), _evaluated(interp, node.right, uris)
        return binary(interp, "&" if isinstance(node.op, ast.BitAnd) else "|", left, right)
    raise interp.raises(ValueError("a condition over datasets may hold names, & and | alone"))


def _by_name(interp: Interpreter, dag: DagValue, config: Value, key: str) -> dict[str, Table]:
    """Tasks or groups by name, given as a mapping or as a list of mappings that hold their name."""
    if isinstance(config, Unknown):
        dag.doubt(config)
        return {}
    if config is None:
        return {}
    if isinstance(config, dict):
        config = [{**entry, key: name} if isinstance(entry, dict) else entry for name, entry in config.items()]
    found: dict[str, Table] = {}
    for entry in config if isinstance(config, list) else [config]:
        name = entry.get(key) if isinstance(entry, dict) else entry
        if isinstance(name, Unknown):
            dag.doubt(name)
        elif not isinstance(name, str) or not isinstance(entry, dict) or name in found:
            raise interp.raises(ValueError(f"each entry needs a {key} of its own"))
        else:
            found[name] = _structure(interp, dag, {inner: value for inner, value in entry.items() if inner != key})
    return found


def _structure(interp: Interpreter, dag: DagValue, entry: Table) -> Table:
    """An entry without what is not known of its structure, which becomes doubts. Raises Raised where the structure is of a wrong kind."""
    found = dict(entry)
    for key, kind in STRUCTURE.items():
        value = found.get(key)
        items = value if isinstance(value, list) else [value]
        for why in [item for item in items if isinstance(item, Unknown)]:
            dag.doubt(why)
        if isinstance(value, Unknown):
            del found[key]
        elif kind is list and isinstance(value, list):
            found[key] = [item for item in value if not isinstance(item, Unknown)]
            if not all(isinstance(item, str) for item in found[key]):
                raise interp.raises(TypeError(f"{key} must be names"))
        elif is_set(value) and not isinstance(value, kind):
            raise interp.raises(TypeError(f"{key} cannot be {describe(value)}"))
    return found


def _make_group(
    interp: Interpreter, dag: DagValue, name: str, configured: dict[str, Table], groups: Table, inside: tuple[str, ...]
) -> None:
    from dagcheck.airflow.names import value_of

    if name in groups:
        return
    if name in inside:
        raise interp.raises(ValueError(f"the task group {name!r} is inside itself"))
    if name not in configured:
        raise interp.raises(KeyError(name))
    config = configured[name]
    if config.get("parent_group_name"):
        parent = config["parent_group_name"]
        _make_group(interp, dag, parent, configured, groups, (*inside, name))
        config["parent_group"] = groups[parent]
    if isinstance(config.get("default_args"), dict):
        for kind in TASK_CALLBACKS:
            put_callback(interp, dag, config["default_args"], kind)
    known = world(interp)
    kwargs = {"group_id": name, "dag": dag, **{key: value for key, value in config.items() if key not in NOT_ARGUMENTS}}
    strange = sorted(set(kwargs) - set(known.facts.task_group_parameters)) if known.facts.task_group_parameters else []
    if strange:
        raise interp.raises(TypeError(f"TaskGroup takes no argument {strange[0]!r}"))
    groups[name] = interp.call(value_of(known, "airflow.utils.task_group.TaskGroup"), Arguments([], kwargs, span=interp.spot))


def _make_tasks(interp: Interpreter, dag: DagValue, tasks: dict[str, Table], groups: Table) -> Table:
    made: Table = {}
    for name in _in_order(interp, tasks):
        config = tasks[name]
        config |= {"task_id": name, "dag": dag}
        if groups and config.get("task_group_name"):
            if config["task_group_name"] not in groups:
                raise interp.raises(KeyError(config["task_group_name"]))
            config["task_group"] = groups[config["task_group_name"]]
        arguments = {key: value for key, value in config.items() if key not in NOT_ARGUMENTS}
        if "operator" in config:
            if config.get("expand"):
                put_outputs(interp, config["expand"], made)
            task = make_task(interp, dag, config["operator"], arguments)
            made[task.task_id if isinstance(task, TaskValue) and isinstance(task.task_id, str) else name] = task
        elif "decorator" in config:
            made[name] = make_decorated(interp, dag, arguments, made)
        else:
            raise interp.raises(ValueError(f"the task {name!r} has neither an operator nor a decorator"))
    return made


def _in_order(interp: Interpreter, tasks: dict[str, Table]) -> list[str]:
    """The names of the tasks, each after those that it depends on; otherwise as they stand."""
    before = {name: [other for other in tasks[name].get("dependencies", None) or [] if other in tasks] for name in tasks}
    after: dict[str, list[str]] = {name: [] for name in tasks}
    for name, others in before.items():
        for other in others:
            after[other].append(name)
    open_ = {name: len(others) for name, others in before.items()}
    ready = [name for name, count in open_.items() if not count]
    found: list[str] = []
    while ready:
        interp.budget.step()
        found.append(ready.pop(0))
        for name in after[found[-1]]:
            open_[name] -= 1
            if not open_[name]:
                ready.append(name)
    if len(found) != len(tasks):
        raise interp.raises(ValueError("the dependencies of the tasks go round in a circle"))
    return found


def _link(interp: Interpreter, configured: dict[str, Table], made: Table) -> None:
    """Each `dependencies` entry, by the name that dag-factory keeps a task under: that of its group and its own."""
    for name, config in configured.items():
        for other in config.get("dependencies") or []:
            source, upstream = _node(interp, name, configured, made), _node(interp, other, configured, made)
            if isinstance(source, Object):
                interp.call_values(interp.get_attr(source, "set_upstream"), upstream)


def _node(interp: Interpreter, name: str, configured: dict[str, Table], made: Table) -> Value:
    if name not in configured:
        raise interp.raises(KeyError(name))
    group = configured[name].get("task_group")
    key = name if group is None else f"{group.group_id}.{name}"
    if key not in made:
        raise interp.raises(KeyError(key))
    return made[key]
