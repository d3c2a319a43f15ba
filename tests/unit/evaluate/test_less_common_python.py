"""Less common parts of Python give what Python itself gives."""

from __future__ import annotations

import pytest

from dagcheck.model.values import Unknown
from tests.unit.evaluate.running import differences, run

CASES = {
    "coroutines": """
import asyncio
log = []
async def one(n):
    await asyncio.sleep(0)
    log.append(n)
    return n + 1
async def all_of_them():
    first = await one(1)
    rest = await asyncio.gather(*(one(n) for n in range(3)))
    task = asyncio.create_task(one(8))
    return [first, *rest, await task, await asyncio.wait_for(one(9), 1), await asyncio.to_thread(len, "abc")]
x = asyncio.run(all_of_them())
never = one(100)
never.close()
loop = asyncio.new_event_loop()
y = loop.run_until_complete(one(5))
loop.close()
async def grouped():
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(n)) for n in (20, 21)]
    return [task.result() for task in tasks]
z = asyncio.run(grouped())
""",
    "asynchronous generators and contexts": """
import asyncio, contextlib
async def numbers():
    for n in range(3):
        yield n
@contextlib.asynccontextmanager
async def held(name):
    yield name * 2
async def use():
    found = [n async for n in numbers() if n]
    async for n in numbers():
        found.append(n * 10)
    async with held("a") as text:
        found.append(text)
    return found
x = asyncio.run(use())
""",
    "defaults that are set later": """
import collections
from typing import NamedTuple
Point = collections.namedtuple("Point", "x y z")
Point.__new__.__defaults__ = (1, None)
class Named(NamedTuple):
    a: int
    b: int
Named.__new__.__defaults__ = (7,)
def add(a, b=1):
    return a, b
before = add.__defaults__, add(0)
add.__defaults__ = (5, 6)
x = tuple(Point(0)), Point.__new__.__defaults__, tuple(Named(1)), before, add(), add(1)
add.__defaults__ = None
try:
    add(1)
except TypeError:
    y = add.__defaults__
z = tuple(Point.__new__(Point, 3, 4))
""",
    "a metaclass that prepares the namespace": """
class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **keywords):
        return {"extra": len(name), **keywords}
    def __new__(mcs, name, bases, namespace, **keywords):
        return super().__new__(mcs, name, bases, dict(namespace))
    def __init__(cls, name, bases, namespace, **keywords):
        super().__init__(name, bases, namespace)
class One(metaclass=Meta, unit="day"):
    doubled = extra * 2
class Other(One, unit="hour"):
    doubled = extra * 3, unit
x = One.doubled, One.extra, One.unit, Other.doubled
""",
    "abstract classes": """
import abc
class Base(abc.ABC):
    @abc.abstractmethod
    def run(self): ...
    @property
    @abc.abstractmethod
    def name(self): ...
class Half(Base):
    def run(self): return 1
class Whole(Half):
    name = "w"
def tried(cls):
    try:
        return cls().name
    except TypeError:
        return "abstract"
x = [tried(Base), tried(Half), tried(Whole)]
""",
    "flags": """
import enum
class Right(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()
    RUN = enum.auto()
class Bits(enum.IntFlag):
    A = 1
    B = 2
both = Right.READ | Right.WRITE
x = both.value, Right.READ in both, Right.RUN in both, (both & Right.READ).name, (both ^ Right.READ) is Right.WRITE, (~both).name, bool(both & Right.RUN)
y = (Bits.A | Bits.B) == 3, Bits.A | 4, (Bits.A | Bits.B).value, f"{Bits.A}"
z = str(Right.READ), (Right.READ | Right.RUN).name
""",
    "wraps": """
import functools
def outer(function):
    @functools.wraps(function)
    def inner(*args):
        "of the wrapper"
        return function(*args)
    return inner
@outer
def named(n):
    "of the function"
    return n
x = named.__name__, named.__doc__, named.__wrapped__(3), named(4)
""",
    "hash": """
class Key:
    def __init__(self, name, number): self.name, self.number = name, number
    def __eq__(self, other): return self.name == other.name
    def __hash__(self): return hash((self.name, 1))
x = {Key("a", 1): 1, Key("b", 2): 2, Key("a", 3): 3}
y = sorted(x.values()), hash(5), hash((1, 2)), x[Key("a", 0)]
x = len(x)
""",
    "deleting": """
class Box:
    def __init__(self): self.held, self.n, self.m = {"a": 1, "b": 2}, 1, 2
    def __delitem__(self, key): del self.held[key]
box = Box()
del box["a"], box.n
delattr(box, "m")
x = box.held, hasattr(box, "n"), hasattr(box, "m")
""",
    "heaps and bisection": """
import heapq, bisect
h = [5, 1, 4]
heapq.heapify(h)
heapq.heappush(h, 0)
x = heapq.heappop(h), h, heapq.nlargest(2, [1, 9, 3]), bisect.bisect([1, 3, 5], 3)
y = [1, 3]
bisect.insort(y, 2)
""",
    "replacing by a function": """
import re
x = re.sub("a", lambda m: m.group().upper(), "banana", count=2), re.sub("A", lambda m: "o", "banana", flags=re.I)
y = re.compile("n").sub(lambda m: "-", "banana", 1), re.subn("a", lambda m: "e", "banana")
""",
    "namespaces": """
import types
n = types.SimpleNamespace(a=1, b="x")
n.c = [2]
x = str(n), f"{n!r}", vars(n)
""",
    "calendars and checksums": """
import calendar, zlib
x = [str(d) for d in calendar.Calendar(firstweekday=6).itermonthdates(2024, 2)][:2], zlib.crc32(b"abc")
""",
    "templates of several files": """
from jinja2 import Environment, DictLoader
files = {
    "base": "{% import 'macros' as m %}-- {% block head %}base{% endblock %}\\n{% block body %}{% endblock %}{{ m.wrapped(1) }}",
    "child": "{% extends 'base' %}{% block head %}{{ super() }} of {{ name }}{% endblock %}{% block body %}{% include 'part' %}{% endblock %}",
    "part": "select {{ columns|join(', ') }} from {{ table|quoted }}",
    "macros": "{% macro wrapped(x) %}<{{ x }}>{% endmacro %}",
    "other": "{% from 'macros' import wrapped %}{{ wrapped(name) ~ '-' ~ 3 }}{{ 'a\\nb'|indent(2) }}{{ shout('x') }}",
}
def quoted(text): return '"' + text + '"'
env = Environment(loader=DictLoader(files), trim_blocks=True)
env.filters["quoted"] = quoted
env.globals["shout"] = lambda text: text.upper()
x = env.get_template("child").render(name="n", columns=["a", "b"], table="t")
y = env.get_template("other").render(name="n")
z = env.from_string("{{ 'a'|quoted }}{% include 'macros' %}").render()
del env, quoted
""",
    "recurring dates": """
from datetime import datetime
from dateutil.rrule import rrule, rrulestr, DAILY, MONTHLY, MO
x = [d.day for d in rrule(DAILY, count=3, dtstart=datetime(2024, 1, 30))]
rule = rrule(MONTHLY, dtstart=datetime(2024, 1, 1), byweekday=MO(1))
y = rule[2].day, rule.after(datetime(2024, 5, 1)).isoformat(), [d.month for d in rule.between(datetime(2024, 2, 1), datetime(2024, 4, 30))]
z = list(rrulestr("DTSTART:20240101T000000\\nRRULE:FREQ=WEEKLY;COUNT=2"))
""",
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_as_in_python(name: str) -> None:
    assert differences(CASES[name]) == {}


@pytest.mark.parametrize("expression", ["hash('a')", "hash(('a', 1))", "memoryview(b'a')", "id(1)"])
def test_what_differs_at_each_run_or_is_not_followed_is_no_error(expression: str) -> None:
    assert isinstance(run(f"x = {expression}")[1]["x"], Unknown)


def test_a_template_that_includes_itself_or_needs_what_is_not_known_is_not_known() -> None:
    source = "import os\nfrom jinja2 import Environment, DictLoader\nenv = Environment(loader=DictLoader({'a': \"{% include 'a' %}\", 'b': '{{ f(n) }}'}))\n"
    source += (
        "env.globals['f'] = lambda n: os.environ['Q'] + n\nx = env.get_template('a').render()\ny = env.get_template('b').render(n='1')"
    )
    values = run(source)[1]
    assert (type(values["x"]), values["y"].name) == (Unknown, "Q")
