"""Tasks of dag-factory: operators by import path, decorators with their functions, mapped arguments, references to other tasks, callbacks.

Facts of dag-factory 1.1.0 (its `dagbuilder.py`), of November 2026.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagcheck.airflow.dagfactory_config import function_in_file, given, import_string, is_set, load_yaml, make_asset, span_of_time
from dagcheck.airflow.task import OperatorClass
from dagcheck.airflow.taskflow import TaskFactory
from dagcheck.airflow.world import world
from dagcheck.evaluate.values import Arguments, Class, Function, Object, Opaque, Value, describe
from dagcheck.model.values import Unknown
from dagcheck.patterns import late

if TYPE_CHECKING:
    from dagcheck.airflow.dag import DagValue
    from dagcheck.evaluate.interpreter import Interpreter

NOT_ARGUMENTS = frozenset({"operator", "dependencies", "task_group_name", "parent_group_name"})
"""Keys of a task that its operator does not get."""
TASK_CALLBACKS = ("on_execute_callback", "on_success_callback", "on_failure_callback", "on_retry_callback", "on_skipped_callback")
WITH_FUNCTION = frozenset({"PythonOperator", "BranchPythonOperator", "PythonSensor"})
CHECKS = {"success_check": "success", "failure_check": "failure", "response_check": "response_check"}
"""How functions of sensors are named in a configuration, and the arguments that they become."""
REFERENCE = late(r"\+(\w*)(?:\[['\"](.*)['\"]\])?")

Table = dict[str, Value]


def make_task(interp: Interpreter, dag: DagValue, operator: Value, arguments: Table) -> Value:
    """The task of an operator. Raises Raised where dag-factory or Airflow would."""
    cls = import_string(interp, operator)
    if isinstance(cls, Unknown):
        dag.doubt(cls)
        return cls
    if _lineage(interp, cls) & WITH_FUNCTION:
        _put_function(interp, dag, arguments)
    _put_checks(interp, dag, arguments)
    adjust(interp, dag, arguments)
    _doubt_strange_arguments(interp, dag, cls, arguments)
    if not given(arguments, "expand") and not given(arguments, "partial"):
        return interp.call(cls, Arguments([], arguments, span=interp.spot))
    expanded = dict(_table(interp, arguments.pop("expand")))
    partial = _table(interp, arguments.pop("partial", None) or {})
    if any(name in arguments for name in partial):
        raise interp.raises(ValueError("an argument is given twice, in the task and under partial"))
    arguments |= partial
    if not expanded:
        return interp.call(cls, Arguments([], arguments, span=interp.spot))
    waiting = interp.call(interp.get_attr(cls, "partial"), Arguments([], arguments, span=interp.spot))
    return interp.call(interp.get_attr(waiting, "expand"), Arguments([], expanded, span=interp.spot))


def _table(interp: Interpreter, value: Value) -> Table:
    if not isinstance(value, dict):
        raise interp.raises(AttributeError(f"{describe(value)} where a mapping is wanted"))
    return value


def _native(cls: Value) -> OperatorClass | None:
    found = cls.native() if isinstance(cls, Class) else cls
    return found if isinstance(found, OperatorClass) else None


def _lineage(interp: Interpreter, cls: Value) -> set[str]:
    native = _native(cls)
    return set() if native is None else {known.name for known in world(interp).facts.lineage(native.dotted)}


def _doubt_strange_arguments(interp: Interpreter, dag: DagValue, cls: Value, arguments: Table) -> None:
    """Airflow refuses arguments that an operator does not have, and dag-factory then leaves the DAG out; the installed version may have them."""
    if not isinstance(cls, OperatorClass) or cls.known is None:
        return
    parameters = world(interp).facts.parameters(cls.dotted)
    strange = sorted(name for name in arguments if name not in {*(parameters or arguments), "dag", "task_group", "expand", "partial"})
    if strange:
        dag.doubt(interp.unknown(f"{cls.name} takes no argument {strange[0]!r}, so dag-factory may leave the DAG out", "error"))


def _put_function(interp: Interpreter, dag: DagValue, arguments: Table) -> None:
    """`python_callable` by import path, or by name and file."""
    function = arguments.get("python_callable")
    if is_set(function):
        if isinstance(function, str):
            arguments["python_callable"] = import_string(interp, function)
    elif "python_callable_name" in arguments and "python_callable_file" in arguments:
        function = function_in_file(interp, arguments.pop("python_callable_name"), arguments.pop("python_callable_file"))
        arguments["python_callable"] = function
    else:
        raise interp.raises(ValueError("a task with a function needs python_callable, or python_callable_name and python_callable_file"))
    _doubt_unknown(dag, arguments["python_callable"])


def _doubt_unknown(dag: DagValue, value: Value) -> None:
    """What is not known could not be loaded at all, and the DAG would then be left out."""
    if isinstance(value, Unknown):
        dag.doubt(value)


def _put_checks(interp: Interpreter, dag: DagValue, arguments: Table) -> None:
    """Functions of SQL and HTTP sensors, by name and file or as the text of a lambda."""
    for name, argument in CHECKS.items():
        function, file, text = (arguments.pop(f"{name}_{part}", None) for part in ("name", "file", "lambda"))
        if is_set(function) and is_set(file):
            arguments[argument] = function_in_file(interp, function, file)
            _doubt_unknown(dag, arguments[argument])
        elif is_set(text):
            arguments[argument] = Opaque("types.LambdaType", Arguments([text]))


def adjust(interp: Interpreter, dag: DagValue, arguments: Table) -> None:
    """What holds for operators and decorators alike: sensors' times, callbacks, Variables as arguments, inlets and outlets."""
    if given(arguments, "execution_date_fn"):
        arguments["execution_date_fn"] = import_string(interp, arguments["execution_date_fn"])
    elif given(arguments, "execution_delta"):
        arguments["execution_delta"] = span_of_time(interp, arguments["execution_delta"])
    elif given(arguments, "execution_date_fn_name") and given(arguments, "execution_date_fn_file"):
        name, file = arguments.pop("execution_date_fn_name"), arguments.pop("execution_date_fn_file")
        arguments["execution_date_fn"] = function_in_file(interp, name, file)
        _doubt_unknown(dag, arguments["execution_date_fn"])
    for kind in TASK_CALLBACKS:
        put_callback(interp, dag, arguments, kind)
    if given(arguments, "variables_as_arguments"):
        entries = arguments.pop("variables_as_arguments")
        _doubt_unknown(dag, entries)
        for entry in entries if isinstance(entries, list) else []:
            if not isinstance(entry, dict) or not isinstance(entry.get("attribute"), str) or "variable" not in entry:
                raise interp.raises(KeyError("variable"))
            key = entry["variable"]
            arguments[entry["attribute"]] = interp.unknown(f"the Variable {key!r} is not known", "variable", name=str(key))
    for name in ("inlets", "outlets"):
        if given(arguments, name):
            arguments[name] = _assets(interp, arguments[name])


def _assets(interp: Interpreter, value: Value) -> Value:
    if isinstance(value, dict) and given(value, "file") and given(value, "datasets"):
        value = list(assets_in_file(interp, value["file"], value["datasets"]).values())
    items = interp.items(value) if isinstance(value, list | Unknown) else value
    if not isinstance(items, list):
        return items
    return [make_asset(interp, item) if isinstance(item, str) else item for item in items]


def assets_in_file(interp: Interpreter, path: Value, names: Value) -> dict[str, Value]:
    """The URIs by name of those listed in a file of assets."""
    table = load_yaml(interp, path)
    listed = table.get("datasets", []) if isinstance(table, dict) and isinstance(names, list | str) else []
    return {item["name"]: item["uri"] for item in listed if isinstance(item, dict) and item.get("name") in names and "uri" in item}


def put_callback(interp: Interpreter, dag: DagValue, table: Table, kind: str) -> None:
    """Replace a callback's name by what it names. Raises Raised where there is none, as dag-factory then leaves the DAG out."""
    if given(table, kind):
        value = table[kind]
        table[kind] = [_callback(interp, item, kind) for item in value] if isinstance(value, list) else _callback(interp, value, kind)
    if given(table, f"{kind}_name") and given(table, f"{kind}_file"):
        table[kind] = function_in_file(interp, table.pop(f"{kind}_name"), table.pop(f"{kind}_file"))
        _doubt_unknown(dag, table[kind])


def _callback(interp: Interpreter, entry: Value, kind: str) -> Value:
    if isinstance(entry, dict) and isinstance(entry.get("callback"), str):
        return Opaque(entry["callback"], Arguments([import_string(interp, entry["callback"])]))
    if isinstance(entry, str | Unknown):
        return import_string(interp, entry)
    raise interp.raises(ValueError(f"{kind} must be an import path, or a mapping with a callback"))


def make_decorated(interp: Interpreter, dag: DagValue, arguments: Table, made: Table) -> Value:
    """The output of a decorated function's task. `made` are the tasks before it, by name."""
    decorator = import_string(interp, arguments.pop("decorator"))
    if "python_callable" in arguments and not given(arguments, "python_callable_name"):
        arguments["python_callable"] = import_string(interp, arguments["python_callable"])
        _doubt_unknown(dag, arguments["python_callable"])
    else:
        _put_function(interp, dag, arguments)
    adjust(interp, dag, arguments)
    function = arguments["python_callable"]
    if not isinstance(function, Function):
        dag.doubt(interp.unknown(f"a task of {describe(function)} is not followed"))
        return interp.unknown("a task of an unknown function")
    names = {parameter.arg for parameter in (*function.node.args.posonlyargs, *function.node.args.args)}
    own = {name: _referred(interp, value, made) for name, value in arguments.items() if name in names}
    rest = {name: value for name, value in arguments.items() if name not in own}
    expanded = {name: _referred(interp, value, made) for name, value in (rest.pop("expand", None) or {}).items()}
    partial = {name: _referred(interp, value, made) for name, value in (rest.pop("partial", None) or {}).items()}
    if expanded and partial and own:
        raise interp.raises(ValueError("a mapped task takes all its arguments under expand and partial"))
    factory = interp.call(decorator, Arguments([], rest, span=interp.spot))
    _refuse_strange(interp, factory, rest)
    if expanded:
        factory = interp.call(interp.get_attr(factory, "partial"), Arguments([], partial, span=interp.spot)) if partial else factory
        return interp.call(interp.get_attr(factory, "expand"), Arguments([], expanded, span=interp.spot))
    _refuse_missing(interp, function, own)
    return interp.call(factory, Arguments([], own, span=interp.spot))


def _refuse_strange(interp: Interpreter, factory: Value, arguments: Table) -> None:
    """What is neither an argument of the function nor of the operator, Airflow refuses."""
    if not isinstance(factory, TaskFactory) or factory.cls.known is None:
        return
    known = {*factory.cls.parameters(interp), "dag", "task_group", "multiple_outputs", "python_callable", "op_args", "op_kwargs"}
    strange = sorted(set(arguments) - known)
    if strange:
        raise interp.raises(TypeError(f"the task takes no argument {strange[0]!r}"))


def _refuse_missing(interp: Interpreter, function: Function, own: Table) -> None:
    """An argument without a default and without a value; names of Airflow's context have None as their default."""
    arguments = function.node.args
    required = [parameter.arg for parameter in (*arguments.posonlyargs, *arguments.args)][: -len(arguments.defaults) or None]
    missing = [name for name in required if name not in own and name not in world(interp).facts.context]
    if missing:
        raise interp.raises(TypeError(f"{function.name}() misses the argument {missing[0]!r}"))


def _referred(interp: Interpreter, value: Value, made: Table) -> Value:
    """`+task` and `+task['key']`: the output of another task."""
    match = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    name, key = match.groups()
    if name not in made:
        raise interp.raises(KeyError(name))
    return made[name].get_item(interp, key) if key and isinstance(made[name], Object) else made[name]


def put_outputs(interp: Interpreter, expanded: Value, made: Table) -> None:
    """`task.output` and `XcomArg(task)` as values of `expand` become the outputs of tasks."""
    if not isinstance(expanded, dict):
        raise interp.raises(AttributeError(f"{describe(expanded)} where a mapping is wanted"))
    for name, value in expanded.items():
        if not isinstance(value, str):
            continue
        found = re.search(r"\(+(.*?)\)", value) if "XcomArg" in value else None
        task = value.split(".output")[0] if ".output" in value else found.group(1) if found else None
        if task in made and not isinstance(made[task], Unknown):
            expanded[name] = interp.get_attr(made[task], "output")


__all__ = [
    "NOT_ARGUMENTS",
    "TASK_CALLBACKS",
    "adjust",
    "assets_in_file",
    "make_decorated",
    "make_task",
    "put_callback",
    "put_outputs",
]
