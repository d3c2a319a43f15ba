"""Exceptions, what of them is caught, and methods that functools makes."""

import pytest

from dagcheck.model.values import Unknown
from tests.unit.evaluate.running import python, run, value

AGREEING = {
    "exceptions_keep_what_their_constructor_hands_on": """
class A(ValueError):
    def __init__(self, k):
        super().__init__(f"no {k}")
        self.k = k
class B(A): pass
class C(KeyError): pass
class D(Exception):
    def __init__(self, a, b):
        Exception.__init__(self, a)
class E(RuntimeError):
    def __init__(self, *a): pass
class F(Exception):
    def __str__(self): return "F!" + self.args[0]
def told(kind, *given):
    try:
        raise kind(*given)
    except Exception as error:
        return str(error), error.args
x = [told(A, "x"), told(B, "y"), told(C, "z"), told(D, 1, 2), told(E, 3, 4), told(F, "q"), told(C)]
""",
    "partial_methods_are_bound_first": """
from functools import partialmethod
class A:
    def __init__(self, n): self.n = n
    def add(self, a, b=0, *, c=0): return self.n, a, b, c
    one = partialmethod(add, 1)
    two = partialmethod(add, b=2, c=3)
x = A(9).one(), A(9).one(4, c=5), A(9).two(7), A(9).two(7, c=8)
""",
    "cached_methods_are_bound": """
from functools import cache, lru_cache
class A:
    def __init__(self, n): self.n = n
    @lru_cache(maxsize=None)
    def many(self, k=1): return [self.n * k]
    @cache
    def none(self): return {}
a = A(3)
x = a.many(2), a.many(2) is a.many(2), A(4).many(), a.none() is a.none()
""",
    "fields_tell_how_they_are_made": """
import dataclasses
from dataclasses import dataclass, field, fields
@dataclass
class A:
    a: int
    b: list = field(default_factory=list, repr=False)
    c: int = field(default=3, init=False, compare=False)
x = [(f.name, f.init, f.repr, f.compare, f.default is dataclasses.MISSING, f.default_factory is dataclasses.MISSING) for f in fields(A)]
""",
}


@pytest.mark.parametrize("name", AGREEING)
def test_what_the_evaluator_gives_is_what_python_gives(name: str) -> None:
    assert value(AGREEING[name]) == python(AGREEING[name])["x"]


RAISES = "from airflow.exceptions import AirflowException, AirflowSkipException\nfrom elsewhere.errors import Strange\n"


@pytest.mark.parametrize(
    ("raised", "caught", "expected"),
    [
        ("AirflowSkipException('q')", "AirflowException", 1),
        ("AirflowSkipException", "AirflowSkipException", 1),
        ("AirflowException('q')", "Exception", 1),
        ("AirflowException('q')", "(ValueError, AirflowException)", 1),
        ("Strange('q')", "Exception", 1),
        ("type('Own', (Strange,), {})()", "BaseException", 1),
    ],
)
def test_an_exception_of_a_library_is_caught_by_what_it_derives_from(raised: str, caught: str, expected: int) -> None:
    interp, names = run(f"{RAISES}try:\n    raise {raised}\nexcept {caught}:\n    x = 1\nexcept Exception:\n    x = 2")
    assert names["x"] == expected
    assert interp.doubts == []


def test_an_exception_that_may_not_be_caught_here_is_doubted() -> None:
    interp, names = run(f"{RAISES}try:\n    raise Strange()\nexcept ValueError:\n    x = 1")
    assert names["x"] == 1
    assert [doubt.cause for doubt in interp.doubts] == ["import"]


def test_an_exception_of_a_library_does_not_go_to_another_of_its_kind() -> None:
    handlers = "except AirflowFailException:\n    x = 1\nexcept AirflowException as error:\n    x = 2"
    _, names = run(f"{RAISES}from airflow.exceptions import AirflowFailException\ntry:\n    raise AirflowSkipException()\n{handlers}")
    assert names["x"] == 2
    assert not isinstance(names["x"], Unknown)


def test_the_names_of_a_function_are_told_as_they_are_now() -> None:
    source = "def f(self, b=2):\n    names = locals()\n    del names['self']\n    return self, names\nx = f(1)\nlocals()['y'] = 3\nz = y"
    _, names = run(source)
    assert names["x"] == (1, {"b": 2})
    assert names["z"] == 3
