"""Facts about the classes of Airflow and its providers, worked out from their source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from signatures import overrides_of, parameters_of
from source import ClassSource, ModuleSource

# Which ancestor makes which kind; the first that is found in a class's line of ancestors counts.
KINDS = {
    "DecoratedMappedOperator": "mapped",
    "BaseSensorOperator": "sensor",
    "BaseOperator": "operator",
    "BaseHook": "hook",
    "BaseNotifier": "notifier",
    "BaseTrigger": "trigger",
    "BaseEventTrigger": "trigger",
    "Timetable": "timetable",
    "BaseTimetable": "timetable",
    "BaseOperatorLink": "link",
    "TaskGroup": "task-group",
    "DAG": "dag",
    "BaseXCom": "xcom",
    "BaseSecretsBackend": "secrets",
    "BaseExecutor": "executor",
}
ROOTS = {
    "airflow.hooks.base.BaseHook",
    "airflow.hooks.base_hook.BaseHook",
    "airflow.models.baseoperator.BaseOperator",
    "airflow.models.baseoperatorlink.BaseOperatorLink",
    "airflow.models.dag.DAG",
    "airflow.notifications.basenotifier.BaseNotifier",
    "airflow.sdk.bases.hook.BaseHook",
    "airflow.sdk.bases.notifier.BaseNotifier",
    "airflow.sdk.bases.operator.BaseOperator",
    "airflow.sdk.bases.operatorlink.BaseOperatorLink",
    "airflow.sdk.bases.sensor.BaseSensorOperator",
    "airflow.sdk.bases.timetable.BaseTimetable",
    "airflow.sdk.definitions.dag.DAG",
    "airflow.sdk.definitions.taskgroup.TaskGroup",
    "airflow.sensors.base.BaseSensorOperator",
    "airflow.sensors.base_sensor_operator.BaseSensorOperator",
    "airflow.timetables.base.Timetable",
    "airflow.triggers.base.BaseEventTrigger",
    "airflow.triggers.base.BaseTrigger",
    "airflow.utils.task_group.TaskGroup",
}
CLASS_VALUES = ("template_ext", "template_fields_renderers", "custom_operator_name", "trigger_rule", "retries", "pool", "mode")
UNKNOWN = object()


class Universe:
    """Modules read from source, and beneath them the names of one Airflow's core as that Airflow told them."""

    def __init__(self, modules: dict[str, ModuleSource], told: dict[str, dict[str, str | None]]) -> None:
        self.modules = modules
        self.told = told

    def find(self, place: str, depth: int = 0) -> ClassSource | None:
        """The class that a dotted place leads to through imports and redirects."""
        module_name, _, name = place.rpartition(".")
        if depth > 12 or not module_name:
            return None
        module = self.modules.get(module_name)
        if module is not None and name in module.classes:
            return module.classes[name]
        told = self.told.get(module_name, {})
        leads = [told[name]] if told.get(name) else list(module.imports.get(name, ())) if module else []
        if not leads:
            wild = [told["*"]] if told.get("*") else module.stars if module else []
            leads = [f"{source}.{name}" for source in wild]
        for lead in leads:
            if lead and lead != place:
                found = self.find(lead, depth + 1)
                if found is not None:
                    return found
        return None

    def bases(self, cls: ClassSource) -> list[tuple[str, ClassSource | None]]:
        """The direct bases: dotted place, and the class where its source is known."""
        found = []
        for places in cls.bases:
            known = next((base for base in map(self.find, places) if base is not None), None)
            if known is not None:
                found.append((known.dotted, known))
            elif places:
                found.append((places[0], None))
        return found

    def ancestors(self, cls: ClassSource) -> Iterator[tuple[str, ClassSource | None]]:
        """All ancestors in Python's order (the C3 merge of the bases' own orders), without the class itself."""
        yield from self.order(cls)[1:]

    def order(self, cls: ClassSource) -> list[tuple[str, ClassSource | None]]:
        """The class and its ancestors, as `__mro__` would have them."""
        bases = self.bases(cls)
        waiting = [self.order(base) if base is not None else [(dotted, base)] for dotted, base in bases] + [bases]
        found: list[tuple[str, ClassSource | None]] = [(cls.dotted, cls)]
        while waiting := [line for line in waiting if line]:
            free = next((line[0] for line in waiting if not any(line[0] in other[1:] for other in waiting)), waiting[0][0])
            found.append(free)
            waiting = [[item for item in line if item != free] for line in waiting]
        return found

    def kind(self, cls: ClassSource) -> str | None:
        """What sort of thing a class makes; None when nothing of Airflow's is among its ancestors."""
        line = [cls.dotted, *(dotted for dotted, _ in self.ancestors(cls))]
        for root, kind in KINDS.items():
            if any(dotted in ROOTS and dotted.endswith("." + root) for dotted in line) or (
                root in ("BaseXCom", "BaseSecretsBackend", "BaseExecutor") and any(dotted.endswith("." + root) for dotted in line)
            ):
                return kind
        return None

    def class_value(self, cls: ClassSource, name: str, depth: int = 0) -> Any:
        """The literal value of a class attribute, with inheritance; None where no class has it, UNKNOWN when it is no literal."""
        for _, member in self.order(cls):
            if member is None or (name != "template_fields" and member.dotted in ROOTS):
                continue
            node = attribute(member, name)
            if node is not None:
                return self.evaluate(node, member, depth)
        return None

    def evaluate(self, node: ast.expr, cls: ClassSource, depth: int) -> Any:
        """A literal, or a sequence made of literals, of other classes' attributes and of small functions; UNKNOWN for anything else."""
        try:
            value = ast.literal_eval(node)
        except ValueError:
            items = self.sequence(node, cls, depth, {})
            return UNKNOWN if items is None else items
        return tuple(sorted(value)) if isinstance(value, set) else value

    def sequence(self, node: ast.expr, cls: ClassSource, depth: int, scope: dict[str, tuple[Any, ...]]) -> tuple[Any, ...] | None:
        """The items of an expression that gives a sequence or a set, or None; `scope` holds a function's `*arguments`."""
        match node:
            case ast.Constant(value=str() | tuple()):
                return tuple(node.value)
            case ast.Name() if node.id in scope:
                return scope[node.id]
            case ast.Tuple() | ast.List() | ast.Set():
                return self.elements(node.elts, cls, depth, scope)
            case ast.BinOp(op=ast.Add() | ast.BitOr() | ast.Sub()):
                return combine(node.op, self.sequence(node.left, cls, depth, scope), self.sequence(node.right, cls, depth, scope))
            case ast.Call(func=ast.Name(id="tuple" | "list" | "set" | "sorted" | "frozenset"), args=[argument]):
                return self.sequence(argument, cls, depth, scope)
            case ast.Call(func=ast.Attribute(attr="union" | "difference"), args=[argument]):
                operation = ast.BitOr() if node.func.attr == "union" else ast.Sub()
                return combine(operation, self.sequence(node.func.value, cls, depth, scope), self.sequence(argument, cls, depth, scope))
            case ast.Call(func=ast.Name()) if not node.keywords:
                return self.returned(node.func.id, self.elements(node.args, cls, depth, scope), cls, depth)
            case ast.Attribute(value=ast.Name()) if depth < 8:
                other = self.find(f"{cls.module}.{node.value.id}")
                value = self.class_value(other, node.attr, depth + 1) if other is not None else None
                return tuple(value) if isinstance(value, (tuple, list, set)) else None
        return None

    def elements(self, nodes: list[ast.expr], cls: ClassSource, depth: int, scope: dict[str, tuple[Any, ...]]) -> tuple[Any, ...] | None:
        """The values of a display's elements, starred ones unfolded."""
        found: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Constant):
                found.append(node.value)
                continue
            items = self.sequence(node.value, cls, depth, scope) if isinstance(node, ast.Starred) else None
            if items is None:
                return None
            found += items
        return tuple(found)

    def returned(self, name: str, arguments: tuple[Any, ...] | None, cls: ClassSource, depth: int) -> tuple[Any, ...] | None:
        """What a function that takes `*arguments` returns at its end, sorted as such functions of the providers do."""
        places = self.modules[cls.module].imports.get(name, [f"{cls.module}.{name}"])
        for place in places:
            module = self.modules.get(place.rpartition(".")[0])
            function = module.functions.get(place.rpartition(".")[2]) if module else None
            last = function.body[-1] if function else None
            if function and isinstance(last, ast.Return) and last.value is not None and function.args.vararg and arguments is not None:
                items = self.sequence(last.value, cls, depth, {function.args.vararg.arg: arguments})
                return tuple(sorted(items)) if items is not None else None
        return None

    def decorated_class(self, place: str) -> str | None:
        """The operator class that a `@task.<kind>` function makes: what it hands to `task_decorator_factory` (or to another such function)."""
        module_name, _, name = place.rpartition(".")
        owner = module_name.rpartition(".")[2]
        if owner[:1].isupper():  # a method of a mixin, as 2.2 has it
            module_name = module_name.rpartition(".")[0]
        module = self.modules.get(module_name)
        cls = module.classes.get(owner) if module else None
        function = cls.method(name) if cls else module.functions.get(name) if module else None
        if module is None or function is None:
            return None
        for call in [node for node in ast.walk(function) if isinstance(node, ast.Call)]:
            for keyword in call.keywords:
                if keyword.arg == "decorated_operator_class" and isinstance(keyword.value, ast.Name):
                    found = self.find(f"{module_name}.{keyword.value.id}")
                    return found.dotted if found else f"{module_name}.{keyword.value.id}"
        for call in [node for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]:
            for lead in module.imports.get(call.func.id, ()):  # type: ignore[attr-defined]  # a Name, filtered above
                found_place = self.decorated_class(lead)
                if found_place:
                    return found_place
        return None


def combine(operation: ast.operator, left: tuple[Any, ...] | None, right: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    """Two sequences after each other without repeats, or the first without the second."""
    if left is None or right is None:
        return None
    return tuple(item for item in left if item not in right) if isinstance(operation, ast.Sub) else tuple(dict.fromkeys([*left, *right]))


def attribute(cls: ClassSource, name: str) -> ast.expr | None:
    """The expression that a class's own body assigns to a name."""
    for item in cls.node.body:
        target = item.target if isinstance(item, ast.AnnAssign) else item.targets[0] if isinstance(item, ast.Assign) else None
        if isinstance(item, (ast.Assign, ast.AnnAssign)) and isinstance(target, ast.Name) and target.id == name and item.value is not None:
            return item.value
    return None


def facts_of(universe: Universe, cls: ClassSource, kind: str) -> dict[str, Any]:
    """The entry of one class."""
    entry: dict[str, Any] = {"kind": kind, "bases": [dotted for dotted, _ in universe.bases(cls)]}
    if kind in ("operator", "sensor", "mapped"):
        line = [dotted for dotted, _ in universe.ancestors(cls)]
        if cls.name == "DecoratedSensorOperator" or (
            cls.name.startswith("_") and any(dotted.endswith(".DecoratedOperator") for dotted in line)
        ):
            entry["decorated"] = True
        if any(dotted.endswith((".EmptyOperator", ".DummyOperator")) for dotted in [cls.dotted, *line]):
            entry["empty"] = True
        if any(dotted.endswith((".SkipMixin", ".BranchMixIn", ".BaseBranchOperator")) for dotted in line):
            entry["skips"] = True
        fields = universe.class_value(cls, "template_fields")
        entry["template_fields"] = (
            None if fields is UNKNOWN else list(dict.fromkeys(fields or ())) if not isinstance(fields, str) else [fields]
        )
        for name in CLASS_VALUES:
            value = universe.class_value(cls, name)
            if value is not None and value is not UNKNOWN and value != () and value != {}:
                entry[name] = (
                    sorted(value, key=str) if isinstance(value, (set, frozenset)) else list(value) if isinstance(value, tuple) else value
                )
        properties = [
            item.name
            for item in cls.node.body
            if isinstance(item, ast.FunctionDef)
            and item.name
            in ("task_type", "operator_name", "__new__", "set_upstream", "set_downstream", "__enter__", "output", "__rshift__", "partial")
        ]
        if properties:
            entry["defines"] = properties
    init = cls.method("__init__")
    if init is not None and kind in ("operator", "sensor", "mapped", "timetable", "notifier", "task-group", "dag"):
        entry["parameters"] = parameters_of(init)
        overrides = overrides_of(init) if kind in ("operator", "sensor", "mapped", "task-group", "dag") else {}
        if overrides:
            entry["overrides"] = overrides
    return entry


def class_facts(universe: Universe, modules: dict[str, ModuleSource]) -> dict[str, Any]:
    """Entries of all classes that are of a kind Airflow knows."""
    found = {}
    for module in modules.values():
        for cls in module.classes.values():
            kind = universe.kind(cls)
            if kind:
                found[cls.dotted] = facts_of(universe, cls, kind)
    return dict(sorted(found.items()))


def decorators_of(universe: Universe, places: dict[str, str]) -> dict[str, Any]:
    """Each `@task.<kind>` with its function and the operator class that it makes."""
    return {kind: {"function": place, "operator": universe.decorated_class(place)} for kind, place in sorted(places.items())}
