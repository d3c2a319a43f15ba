"""Jinja templates in the arguments of tasks: what they name and what they pull. jinja2 is loaded where a template is read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from dagcheck.model.values import Span
from dagcheck.records import dataclass
from dagcheck.rule.plain_templates import read_plain
from dagcheck.rule.tasks import texts

if TYPE_CHECKING:
    from jinja2 import nodes

    from dagcheck.model.dag import Argument, Dag, Task

_MARKS = ("{{", "{%", "{#")
_WITH_TEXTS = (str, dict, list, tuple, set, frozenset)
_PULL_PARAMETERS = ("task_ids", "dag_id", "key")


@dataclass(frozen=True)
class Template:
    """A templated text: the argument that holds it and its place."""

    argument: str
    text: str
    span: Span


@dataclass(frozen=True)
class Parsed:
    """What a template uses: `names` from outside of it, attributes of them as (name, attribute), `filters` that Jinja itself
    does not have, and calls of `xcom_pull`.

    `error` is what jinja2 says of a text that it can't parse, with the line in the text; all else is then empty.
    """

    names: frozenset[str] = frozenset()
    attributes: frozenset[tuple[str, str]] = frozenset()
    filters: frozenset[str] = frozenset()
    pulls: tuple[Pull, ...] = ()
    error: tuple[str, int] | None = None


@dataclass(frozen=True)
class Pull:
    """One `xcom_pull`: the tasks by id (None: not written out), the key, and the DAG where one is named. Values that are not written out are None, too."""

    tasks: tuple[str, ...] | None
    key: str | None = "return_value"
    dag_id: str | None = None
    has_dag: bool = False


def templates(task: Task) -> Iterator[Template]:
    """Every known templated text of a task that has a mark of Jinja in it; names of template files are none."""
    for name in task.template_fields or ():
        argument = task.arguments.get(name)
        if argument is not None and isinstance(argument.value, _WITH_TEXTS):
            yield from [
                Template(name, text, argument.span)
                for text in texts(argument.value)
                if "{" in text and any(mark in text for mark in _MARKS)
            ]


def user_names(dag: Dag) -> frozenset[str] | None:
    """The names that the DAG adds to its templates; None where they are not known, or where the DAG changes how templates are read."""
    if "jinja_environment_kwargs" in dag.arguments:
        return None
    given: Argument | None = dag.arguments.get("user_defined_macros")
    value: Any = given.value if given is not None else {}
    if value is None:
        return frozenset()
    return frozenset(value) if isinstance(value, dict) and all(isinstance(key, str) for key in value) else None


@lru_cache(maxsize=1024)
def parse(text: str) -> Parsed:
    """What a template uses."""
    plain = read_plain(text, _PULL_PARAMETERS)
    if plain is None:
        return _parsed_by_jinja(text)
    return Parsed(frozenset(plain.names), frozenset(plain.attributes), frozenset(), tuple([make_pull(given) for given in plain.pulls]))


def _parsed_by_jinja(text: str) -> Parsed:
    from jinja2.exceptions import SecurityError, TemplateError

    try:
        return _read(text)
    except SecurityError:  # beyond our bounds, which says nothing against it
        return Parsed()
    except TemplateError as error:
        return Parsed(error=(error.message or "cannot be parsed", getattr(error, "lineno", 1)))
    except ValueError:  # Python's bound on the digits of a number
        return Parsed(error=("it holds a number of too many digits", 1))
    except RecursionError:
        return Parsed(error=("it is nested too deeply", 1))


def _read(text: str) -> Parsed:
    from jinja2 import meta, nodes

    environment, filters, tests = _reader()
    environment.begin()
    tree = environment.parse(text)
    unknown = {item.name for item in tree.find_all(nodes.Filter)} - filters.keys()
    environment.filters = {**filters, **dict.fromkeys(unknown, str)}
    environment.tests = {**tests, **{item.name: _any_test for item in tree.find_all(nodes.Test)}}
    attributes = [(item.node.name, item.attr) for item in tree.find_all(nodes.Getattr) if isinstance(item.node, nodes.Name)]
    calls = [call for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Getattr) and call.node.attr == "xcom_pull"]
    names = frozenset(meta.find_undeclared_variables(tree))
    return Parsed(names, frozenset(attributes), frozenset(unknown), tuple(_pull(call) for call in calls))


@cache
def _reader() -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Jinja's environment in which all templates are read, and the filters and tests that it has by itself."""
    from dagcheck.evaluate.jinja_bounds import bounded_environment

    environment = bounded_environment()(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
    return environment, environment.filters, environment.tests


def _any_test(value: object) -> bool:
    return bool(value)


def _pull(call: nodes.Call) -> Pull:
    given: dict[str, nodes.Expr] = dict(zip(_PULL_PARAMETERS, call.args))
    given.update({item.key: item.value for item in call.kwargs})
    if call.dyn_args is not None or call.dyn_kwargs is not None:
        return Pull(None, None)
    return make_pull({name: _constant(value) for name, value in given.items()})


def _constant(node: nodes.Expr) -> object:
    from jinja2 import nodes

    if isinstance(node, nodes.Const):
        return node.value
    if isinstance(node, nodes.List | nodes.Tuple):
        return [_constant(item) for item in node.items]
    return ...


def make_pull(given: dict[str, object]) -> Pull:
    """A pull of its arguments, `...` standing for what is not written out."""
    tasks, key, dag_id = given.get("task_ids"), given.get("key", "return_value"), given.get("dag_id")
    listed = [tasks] if isinstance(tasks, str) else tasks
    known = tuple(item for item in listed if isinstance(item, str)) if isinstance(listed, list) else None
    if isinstance(listed, list) and known is not None and len(known) != len(listed):
        known = None
    return Pull(known, key if isinstance(key, str) else None, dag_id if isinstance(dag_id, str) else None, dag_id is not None)
