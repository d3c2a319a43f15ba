"""The small language of policies: what selects DAGs and tasks, and what is required of them.

    tag == finance and not operator in [EmptyOperator, "DummyOperator"]
    retries >= 2        execution_timeout <= 2h      owner in [data, platform]
    pool required       tags match "^team-"          argument.bash_command match "curl"

Fields that hold several values (tags, owners, the classes of an operator) meet a comparison when one of them does. What is not known is neither true nor false.
"""

from __future__ import annotations

import datetime
import re
import warnings
from collections.abc import Iterator
from typing import Any, Literal, Protocol

from dagcheck.patterns import late
from dagcheck.records import dataclass

UNKNOWN = object()
"""The value of a field that the source alone does not tell."""

Truth = bool | None


class Subject(Protocol):
    """What an expression is held against."""

    def value(self, field: str) -> Any:
        """A field's value as Airflow has it: None where it is not set, UNKNOWN, a tuple for several values, or the value itself."""
        ...

    def given(self, field: str) -> Truth:
        """True if somebody set the field, False if it has its default; None where that is not known."""
        ...


class ExpressionError(ValueError):
    """A text that is no expression; the message says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field held against a value. `text` is how it was written."""

    field: str
    operator: Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in", "match", "not match", "required", "absent"]
    value: Any
    text: str

    def holds(self, subject: Subject) -> Truth:
        """True or False; None where the field's value is not known, or can't be compared."""
        if self.operator in ("required", "absent"):
            given = subject.given(self.field)
            return None if given is None else given == (self.operator == "required")
        value = subject.value(self.field)
        if value is UNKNOWN:
            return None
        negated = self.operator in ("!=", "not in", "not match")
        values = value if isinstance(value, tuple) else (value,)
        truths = [self._compare(item) for item in values]
        found = _any(truths)
        return found if found is None or not negated else not found

    def _compare(self, value: Any) -> Truth:
        """One value against what it is held against, as if the comparison were not negated."""
        if value is UNKNOWN:
            return None
        if self.operator in ("==", "!="):
            return bool(value == self.value)
        if self.operator in ("in", "not in"):
            return value in self.value
        if self.operator in ("match", "not match"):
            return _any([_found(pattern, value) for pattern in self.value]) if isinstance(value, str) else False
        return _ordered(value, self.operator, self.value)

    @property
    def fields(self) -> Iterator[str]:
        """The field that is asked for."""
        return iter((self.field,))


@dataclass(frozen=True, slots=True)
class Combination:
    """Expressions joined by `and` or `or`, or one turned round by `not`."""

    operator: Literal["and", "or", "not"]
    parts: tuple[Comparison | Combination, ...]
    text: str

    def holds(self, subject: Subject) -> Truth:
        """True, False, or None where it depends on what is not known."""
        truths = [part.holds(subject) for part in self.parts]
        if self.operator == "not":
            return None if truths[0] is None else not truths[0]
        if self.operator == "or":
            return _any(truths)
        return False if False in truths else None if None in truths else True

    @property
    def fields(self) -> Iterator[str]:
        """Every field that is asked for."""
        return (field for part in self.parts for field in part.fields)


Expression = Comparison | Combination

EVERYTHING = Combination("and", (), "*")
"""What `*` selects: all."""


def _any(truths: list[Truth]) -> Truth:
    return True if True in truths else None if None in truths else False


def _ordered(value: Any, operator: str, limit: Any) -> Truth:
    """An order between two numbers, two durations or two texts; None where they can't be ordered. What is not set meets no order."""
    if value is None:
        return False
    if isinstance(limit, datetime.timedelta) and isinstance(value, int | float) and not isinstance(value, bool):
        value = datetime.timedelta(seconds=value)  # Airflow takes plain numbers as seconds
    try:
        return bool({"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}[operator])
    except TypeError:
        return None


_TOKEN = late(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<operator>==|!=|<=|>=|<|>|\[|\]|\(|\)|,)
      | (?P<word>[^\s"'\[\](),=!<>]+)
    )""",
    re.VERBOSE,
)
_FIELD = late(r"[A-Za-z_]\w*(\.\w+)*")
_DURATION = late(r"(\d+(?:\.\d+)?)(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_WORDS = {"true": True, "false": False, "none": None}


def parse_expression(text: str) -> Expression:
    """The expression that a text says. Raises `ExpressionError`."""
    if text.strip() == "*":
        return EVERYTHING
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        self.at = 0
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None:
                raise ExpressionError(f"{text[position:].strip()!r} at column {position + 1} can't be read; is a quote missing?")
            kind = str(match.lastgroup)
            self.tokens.append((kind, match[kind], match.start(kind) + 1))
            position = match.end()

    def whole(self) -> Expression:
        found = self._joined("or")
        if self.at < len(self.tokens):
            raise self._wrong("and, or, or the end")
        return found

    def _joined(self, word: Literal["and", "or"]) -> Expression:
        start = self.at
        parts = [self._joined("and") if word == "or" else self._single()]
        while self._take(word):
            parts.append(self._joined("and") if word == "or" else self._single())
        return parts[0] if len(parts) == 1 else Combination(word, tuple(parts), self._since(start))

    def _single(self) -> Expression:
        start = self.at
        if self._take("not"):
            return Combination("not", (self._single(),), self._since(start))
        if self._take("("):
            found = self._joined("or")
            if not self._take(")"):
                raise self._wrong("a closing bracket")
            return found
        return self._comparison()

    def _comparison(self) -> Comparison:
        start = self.at
        kind, field, _ = self._next("a field")
        if kind != "word" or not _FIELD.fullmatch(field):
            self.at = start
            raise self._wrong("a field, such as retries or tags")
        negated = self._take("not")
        _, operator, _ = self._next("a comparison")
        operator = {"matches": "match", "missing": "absent"}.get(operator, operator)
        if operator not in (("in", "match") if negated else ("==", "!=", "<", "<=", ">", ">=", "in", "match", "required", "absent")):
            self.at -= 1
            raise self._wrong("==, !=, <, <=, >, >=, in, not in, match, not match, required or absent")
        value = self._value_for(operator)
        said: Any = f"not {operator}" if negated else operator
        return Comparison(field, said, value, self._since(start))

    def _value_for(self, operator: str) -> Any:
        if operator in ("required", "absent"):
            return None
        if operator == "in":
            return self._list()
        if operator == "match":
            listed = self.at < len(self.tokens) and self.tokens[self.at][1] == "["
            return tuple(_pattern(item) for item in (self._list(raw=True) if listed else (self._value(raw=True),)))
        return self._value()

    def _list(self, raw: bool = False) -> tuple[Any, ...]:
        if not self._take("["):
            raise self._wrong("a list in square brackets")
        items: list[Any] = []
        while not self._take("]"):
            if items and not self._take(","):
                raise self._wrong("a comma or a closing bracket")
            items.append(self._value(raw))
        return tuple(items)

    def _value(self, raw: bool = False) -> Any:
        """The next value; `raw` leaves it a text as it is written, as patterns need it."""
        kind, text, _ = self._next("a value")
        if kind == "text":
            return text[1:-1] if raw else re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind != "word":
            self.at -= 1
            raise self._wrong("a value")
        if raw:
            return text
        duration = _DURATION.fullmatch(text)
        if duration:
            return datetime.timedelta(**{_UNITS[duration[2]]: float(duration[1])})
        if re.fullmatch(r"-?\d+(\.\d+)?", text):
            return float(text) if "." in text else int(text)
        return _WORDS.get(text.lower(), text)

    def _next(self, wanted: str) -> tuple[str, str, int]:
        if self.at >= len(self.tokens):
            raise self._wrong(wanted)
        self.at += 1
        return self.tokens[self.at - 1]

    def _take(self, word: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at][0] != "text" and self.tokens[self.at][1] == word:
            self.at += 1
            return True
        return False

    def _wrong(self, wanted: str) -> ExpressionError:
        if self.at >= len(self.tokens):
            return ExpressionError(f"{self.text!r} ends where {wanted} should follow")
        _, token, column = self.tokens[self.at]
        return ExpressionError(f"in {self.text!r}, {token!r} at column {column} stands where {wanted} should be")

    def _since(self, start: int) -> str:
        first, (_, last, column) = self.tokens[start][2], self.tokens[self.at - 1]
        return self.text[first - 1 : column - 1 + len(last)]


def _pattern(value: Any) -> re.Pattern[str]:
    from dagcheck.regex_cost import problem_with

    problem = problem_with(str(value))
    if problem is not None:
        raise ExpressionError(problem)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a set in a set, for instance
        return re.compile(str(value))


def _found(pattern: re.Pattern[str], value: str) -> Truth:
    """Whether a pattern is found in a value; None where it would take very long to know."""
    from dagcheck.regex_cost import is_quick

    return bool(pattern.search(value)) if is_quick(pattern.pattern, value) else None
