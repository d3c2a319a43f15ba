"""`more_itertools` over known items gives what the library documents."""

import pytest

from dagcheck.model.values import Unknown
from tests.unit.evaluate.running import value

NAMES = "from more_itertools import batched, chunked, first, flatten, interleave, last, one, partition, take, unique_everseen, windowed\n"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("first([3, 4])", 3),
        ("first(iter(range(2, 9)))", 2),
        ("first([], 'none')", "none"),
        ("last((1, 2, 3))", 3),
        ("last('', default=None)", None),
        ("one({7})", 7),
        ("list(chunked(range(5), 2))", [[0, 1], [2, 3], [4]]),
        ("list(batched('abc', 2))", [("a", "b"), ("c",)]),
        ("list(windowed([1, 2, 3], 2))", [(1, 2), (2, 3)]),
        ("list(flatten([[1], (2, 3)]))", [1, 2, 3]),
        ("list(unique_everseen('abacb'))", ["a", "b", "c"]),
        ("list(unique_everseen(['a', 'A', 'b'], key=str.lower))", ["a", "b"]),
        ("[list(side) for side in partition(lambda n: n > 1, [1, 2, 3])]", [[1], [2, 3]]),
        ("take(2, (n * n for n in range(9)))", [0, 1]),
        ("list(interleave([1, 2], 'abc'))", [1, "a", 2, "b"]),
    ],
)
def test_known_items_are_iterated(expression: str, expected: object) -> None:
    assert value(f"{NAMES}x = {expression}") == expected


@pytest.mark.parametrize("expression", ["first([])", "last(())", "one([1, 2])"])
def test_what_is_not_there_is_an_error(expression: str) -> None:
    assert value(f"{NAMES}try:\n    {expression}\nexcept ValueError:\n    x = 'refused'") == "refused"


@pytest.mark.parametrize("expression", ["first(UNKNOWN)", "list(chunked(UNKNOWN, 2))", "list(chunked([1], UNKNOWN))", "take(UNKNOWN, [1])"])
def test_unknown_items_give_an_unknown(expression: str) -> None:
    assert isinstance(value(f"import os\nUNKNOWN = os.environ['U']\n{NAMES}x = {expression}"), Unknown)


def test_items_are_taken_as_late_as_they_are_asked_for() -> None:
    source = f"{NAMES}import itertools\nx = first(itertools.count(5)), take(2, itertools.count())"
    assert value(source) == (5, [0, 1])
