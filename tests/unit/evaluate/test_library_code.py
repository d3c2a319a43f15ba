"""Code as libraries have it is never said to raise where Python runs it: what is not modelled is unknown."""

from __future__ import annotations

import pytest

from dagcheck.evaluate.values import Raised
from dagcheck.model.values import Unknown
from tests.unit.evaluate.running import differences, run, value

RUNS = {
    "a hash of the base outside": """
from unheard import Base
class Key(Base):
    def __eq__(self, other): return True
x = {Key(): 1}
""",
    "the hash of object": """
class Key:
    def __eq__(self, other): return self is other
    def __hash__(self): return super().__hash__()
x = {Key()}
y = Key.__hash__, Key().__eq__, Key.__reduce__
""",
    "a subscript that is handed on": """
class Box:
    def __class_getitem__(cls, key): return super().__class_getitem__(key)
x = Box[int]
""",
    "built-ins without a model": "x = isinstance(b'', (bytes, memoryview))",
    "names of modelled modules": """
import importlib.machinery
x = importlib.machinery.BuiltinImporter
from io import __all__
""",
    "importers": """
import sys
if sys.meta_path:
    for i, importer in enumerate(sys.meta_path):
        if type(importer).__name__ == "Ours" and importer.name == __name__:
            del sys.meta_path[i]
            break
    del i, importer
sys.meta_path.append(1)
""",
    "subclasses of abstract classes take others in": """
import abc
class Base(metaclass=abc.ABCMeta): pass
class Derived(Base): pass
Derived.register(int)
class Plain(abc.ABC): pass
Plain.register(str)
""",
    "an enum of a module's constants": """
import enum
ONE = 1
enum.IntEnum._convert_("Numbers", __name__, lambda name: name == "ONE")
x = Numbers
""",
    "slots that are filled behind our back": """
put = object.__setattr__
class Row:
    __slots__ = ("first", "second")
    def __init__(self):
        own = put.__get__(self)
        for name in ("first", "second"): own(name, 1)
x = Row().first
""",
    "regular expressions of what is outside": """
import re
from unheard import word
x = re.compile(re.escape(word) + "|" + re.escape(word.upper()))
y = re.compile(word)
""",
    "regular expressions that Python warns of": """
import re
x = re.match("[[a]b]", "a"), re.compile("[a||b]"), re.sub("[[a]", "", "a")
""",
    "iterators that an object of the program counts": """
import itertools
from unheard import one
class Whole:
    def __index__(self): return 1
x = list(itertools.islice([1, 2], Whole())), itertools.count(one), list(zip([1], itertools.count(itertools.count())))
y = itertools.tee([1], 10**9)
""",
    "names that are not known": """
import operator
from unheard import name
x = operator.attrgetter(name)({}), operator.methodcaller(name)({}), getattr({}, name), hasattr({}, name)
setattr(name, name, 1)
y = operator.add(*name), operator.itemgetter(*name), map(*name)
""",
    "changes of what cannot be changed, on one side of a test": """
from unheard import test
if test:
    try:
        raise ValueError
    except ValueError as error:
        try: error["x"] = 1
        except TypeError: pass
        try: del error[0]
        except TypeError: pass
""",
    "enums and parsers of odd things": """
import configparser, enum
from unheard import outside
x = enum.Enum("E", {"A": 1, 2: 3}), enum.Enum("F", [1, 2]), configparser.ConfigParser(outside)
""",
    "names that exec makes": """
exec("mainloop = 1")
x = mainloop
own = {}
exec("a = 1", own)
y = own["a"]
""",
    "names that exec makes in globals": """
def make(name): exec(f"def {name}(): pass", globals())
for name in ("mainloop", "done"): make(name)
x = mainloop
""",
    "names from a mapping of which nobody knows": """
from unheard import items
globals().update(items)
x = mainloop
{}.update(items)
""",
    "sums of what derives from a tuple": """
class Token(tuple):
    def __getattr__(self, name): return Token(self + (name,))
x = Token().Name.Builtin
""",
    "parts of properties": """
def wrap(prop): return property(prop.fget, prop.fset, prop.fdel)
class A:
    @property
    def a(self): return 1
    def f(self): return 2
for name, member in list(vars(A).items()):
    if isinstance(member, property) and member.fget is not None: setattr(A, name, wrap(member))
""",
    "what __import__ gives": "x = __import__('os.path').path.join, __import__('os.path', None, None, ['join']).join",
    "names of what a class has": """
class Context:
    def Lock(self): return 1
context = Context()
globals().update((name, getattr(context, name)) for name in dir(context) if not name.startswith("_"))
x = Lock()
""",
    "items whose number is not known": """
from unheard import number
x = b"abc"[:number], "abc"[number], [1][number:], range(3)[number]
""",
    "arrays of a type from outside": """
from unheard import Simple
class Char(Simple): pass
x = Char * 5
""",
}


@pytest.mark.parametrize("program", RUNS.values(), ids=RUNS)
def test_a_program_of_a_library_runs(program: str) -> None:
    run(program)


@pytest.mark.parametrize(
    "program",
    [
        "class A:\n    def __eq__(self, other): return True\nx = {A(): 1}",
        "class A: pass\nx = A().name",
        "class A: pass\nx = A * 5",
        "x = undefined",
        "class A:\n    __slots__ = ('a',)\nx = A().b",
    ],
)
def test_what_surely_raises_still_does(program: str) -> None:
    with pytest.raises(Raised):
        run(program)


MEMBERS = """
import enum
class Number(int, enum.Enum):
    ONE = 1
    def __init__(self, value): self.twice = self._value_ * 2
class Plain(enum.Enum):
    A = enum.auto()
    B = enum.auto()
    C = enum.auto()
    ALL = A | B | C if False else 9
class Bits(enum.Flag):
    A = enum.auto()
    B = enum.auto()
    C = enum.auto()
    ALL = A | B | C
x = Number.ONE._name_, Number.ONE.twice, Number.ONE._value_, Bits.ALL.value, Plain.ALL.value
del enum, Number, Plain, Bits
"""


def test_members_know_their_names_and_larger_combinations() -> None:
    assert differences(MEMBERS) == {}


def test_a_time_zone_from_outside_is_unknown() -> None:
    found = value("import pendulum\nfrom unheard import ZONE\nx = pendulum.datetime(2024, 1, 1, tz=ZONE)")
    assert isinstance(found, Unknown)
    assert "unheard.ZONE" in found.reason
    assert "0x" not in found.reason


REFUSED = (
    "itertools.islice()", "itertools.tee()", "itertools.cycle()", "itertools.combinations([1], 'a')", "itertools.repeat(1, 'a')", "itertools.product([1], repeat='a')",
    "list(itertools.starmap(max))", "list(itertools.takewhile(bool))", "list(itertools.compress([1]))", "itertools.count('a')",
    "operator.eq(1)", "operator.neg()", "operator.getitem({})", "operator.setitem({})", "operator.itemgetter()", "operator.itemgetter(1)()", "operator.truth()",
    "operator.contains([])", "operator.methodcaller()", "map()", "filter(None)", "setattr(1)", "delattr(1)", "getattr({})", "getattr({}, None)", "hasattr({}, 1)",
    "sys.intern()", "enumerate([1], None)", "collections.deque([1], 'a')", "collections.Counter({}, 1)",
    "attr.asdict()", "attr.define()()", "pydantic.validate_call()()", "jinja2.pass_context()",
)  # fmt: skip


@pytest.mark.parametrize("call", REFUSED)
def test_a_call_that_python_refuses_raises_a_type_error(call: str) -> None:
    found = value(
        f"import attr, collections, itertools, jinja2, operator, pydantic, sys\ntry:\n    x = {call}\nexcept TypeError:\n    x = 'refused'\n"
    )
    assert found == "refused"
