"""The language of policies: what it reads, what it refuses, and what it says of values that are not known."""

import datetime
from typing import Any

import pytest

from dagcheck.config.expressions import UNKNOWN, ExpressionError, parse_expression


class Fields:
    """A subject made of a dict; what is not in it is not set."""

    def __init__(self, **values: Any) -> None:
        self.values = values

    def value(self, field: str) -> Any:
        return self.values.get(field)

    def given(self, field: str) -> bool | None:
        value = self.values.get(field)
        return None if value is UNKNOWN else bool(value)


TASK = Fields(
    retries=1,
    owner="data",
    tags=("finance", "team-a"),
    pool=None,
    timeout=datetime.timedelta(hours=3),
    seconds=60,
    hidden=UNKNOWN,
    some=("x", UNKNOWN),
)


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("*", True),
        ("retries >= 1", True),
        ("retries > 1", False),
        ("retries == 1.0", True),
        ("owner in [data, platform]", True),
        ("owner not in ['data']", False),
        ("owner != data", False),
        ('owner == "data"', True),
        ("pool required", False),
        ("pool absent", True),
        ("owner required", True),
        ("pool == none", True),
        ("pool <= 3", False),
        ("tags == finance", True),
        ("tags != finance", False),
        ("tags match '^team-'", True),
        ("tags match [^x, ^fin]", True),
        ("tags not match ^team-", False),
        ("tags match '^t\\w+-a$'", True),
        ("retries match 1", False),
        ("timeout <= 2h", False),
        ("timeout <= 200m", True),
        ("seconds <= 2m", True),
        ("not retries >= 2", True),
        ("retries >= 2 or owner == data", True),
        ("retries >= 2 or owner == data and pool required", False),
        ("(retries >= 2 or owner == data) and pool absent", True),
        ("hidden == 1", None),
        ("hidden != 1", None),
        ("hidden required", None),
        ("not hidden == 1", None),
        ("hidden == 1 and retries >= 2", False),
        ("hidden == 1 or retries >= 1", True),
        ("some == x", True),
        ("some == y", None),
        ("owner > 3", None),
    ],
)
def test_an_expression_is_true_false_or_not_known(text: str, truth: bool | None) -> None:
    assert parse_expression(text).holds(TASK) is truth


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "ends where a field should follow"),
        ("retries", "ends where a comparison should follow"),
        ("retries >=", "ends where a value should follow"),
        ("retries >= 1 2", "'2' at column 14 stands where and, or, or the end should be"),
        ("retries => 1", "can't be read"),
        ("owner in data", "'data' at column 10 stands where a list in square brackets should be"),
        ("owner in [data platform]", "'platform' at column 16 stands where a comma or a closing bracket should be"),
        ("owner in [data", "ends where a comma or a closing bracket should follow"),
        ("(owner == a", "ends where a closing bracket should follow"),
        ("owner is data", "'is' at column 7 stands where"),
        ("owner not == data", "'==' at column 11 stands where"),
        ('owner == "data', "is a quote missing?"),
        ("3 == owner", "'3' at column 1 stands where a field"),
        ("tags match '('", "is no regular expression"),
    ],
)
def test_what_is_no_expression_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        parse_expression(text)
    assert message in str(raised.value)


def test_an_expression_knows_its_fields_and_how_it_was_written() -> None:
    expression = parse_expression(" retries >= 2 and  not (pool absent) ")
    assert list(expression.fields) == ["retries", "pool"]
    assert expression.text == "retries >= 2 and  not (pool absent)"
