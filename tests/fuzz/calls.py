"""Programs that call everything that is modelled of libraries and of Airflow, with arguments that are too few, too many, odd, unknown or objects of the program."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

from tests.fuzz.commands import BrokenPromise
from tests.fuzz.dag_files import FILE, sources_of

ODD = (
    "", "1", "-1", "0.5", "10**9", "''", "'a'", "'%'", "b'x'", "None", "[]", "[1, 'a']", "()", "(1, 2)", "{}", "{'a': 1}", "{1, 2}", "range(3)", "Ours", "ours", "ours.part",
    "give", "give()", "lambda x: x", "outside", "outside.x()", "int", "str", "dict", "print", "*[1]", "**{'a': 1}", "*outside", "**outside", "iter([1])", "itertools.count()",
    "datetime.datetime(2024, 1, 1)", "datetime.timedelta(days=1)", "open('x')", "Color.RED", "Color", "Row(1)", "Row", "dag", "task", "True", "'2024-01-01'", "'{{ ds }}'",
    "name='a'", "key=give", "default=ours", "a=1", "value=outside", "float('nan')", "(x for x in 'ab')", "ours.method", "Ours.method", "super", "type", "object()", "'\\ud800'",
)  # fmt: skip
"""Arguments that a call may be given."""

BEGIN = """\
import collections, dataclasses, datetime, enum, itertools
import outside
from airflow import DAG
from airflow.operators.bash import BashOperator
class Ours:
    part = [1]
    def method(self, *args): return args
    def __getitem__(self, key): return key
ours = Ours()
def give(*args, **kwargs): return 1
class Color(enum.Enum):
    RED = 1
@dataclasses.dataclass
class Row:
    a: int
with DAG("d", schedule=None) as dag:
    task = BashOperator(task_id="t", bash_command="x")
"""

CALL = """\
try:
    x = {call}
    for y in (x, {call}):
        str(y); list(y); y == x
except Exception as error:
    x = error
try:
    x = x.{attribute}({arguments})
    x[{item}]; x + x; x({arguments})
except Exception:
    pass
"""

ATTRIBUTES = (
    "get", "items", "append", "format", "replace", "strftime", "join", "read", "name", "value", "keys", "update", "copy", "add", "pop", "partial", "expand", "override",
    "set_upstream",
    "__class__", "__getitem__", "__name__", "__dict__", "split", "index", "in_timezone", "exists", "output", "sort", "encode", "search", "sub", "render", "__enter__",
    "parse", "send",
)  # fmt: skip


@cache
def names() -> tuple[str, ...]:
    """What is called: each name of each modelled module, and what the program can reach without an import."""
    return tuple(_names())


def _names() -> Iterator[str]:
    from dagcheck.evaluate.interpreter import Interpreter, NoKnowledge
    from dagcheck.evaluate.stdlib import MODULES, standard_module
    from dagcheck.source.project import ProjectFiles

    interp = Interpreter(ProjectFiles([], base=None), NoKnowledge())  # type: ignore[arg-type]  # nothing is read
    for module in MODULES:
        found = standard_module(interp, module)
        for name in sorted(found.namespace) if found is not None else ():
            if not name.startswith("__"):
                yield f"{module}.{name}"


def program(chance: random.Random) -> str:
    """A program with some calls."""
    return BEGIN + "".join(_call(chance, chance.choice(names())) for _ in range(chance.randint(1, 4)))


def _call(chance: random.Random, dotted: str) -> str:
    module, _, name = dotted.rpartition(".")
    given = [", ".join(argument for argument in chance.choices(ODD, k=chance.choice([0, 1, 1, 2, 2, 3])) if argument) for _ in range(2)]
    call = f"{module}.{name}({_in_order(given[0])})"
    text = CALL.format(call=call, attribute=chance.choice(ATTRIBUTES), arguments=_in_order(given[1]), item=chance.choice(ODD[1:30]))
    return f"import {module}\n{text}"


def _in_order(arguments: str) -> str:
    """Arguments with those by name behind the others."""
    parts = [part for part in arguments.split(", ") if part]
    return arguments if not any("=" in part or part.startswith("**") for part in parts) else ", ".join(sorted(parts, key=_rank))


def _rank(part: str) -> int:
    return 2 if part.startswith("**") else 1 if "=" in part.partition("'")[0] else 0


def called(text: str) -> None:
    """Calls that a seed, the text, chooses: whatever they are given, the extraction goes through."""
    from dagcheck.engine.examine import extract_file

    sources, target = sources_of(program(random.Random(text)).encode("utf-8", "surrogatepass"))
    for error in extract_file(FILE, sources, target).errors:
        if error.kind == "failed":
            raise BrokenPromise(f"{error.message}\n{program(random.Random(text))}")
