"""`dateutil.rrule`: rules of dates, by the library itself, walked as far as the program walks them."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.stdlib.modelling import Maker, first_problem, natives, pure_names
from dagcheck.evaluate.values import PYTHON_ERRORS, Arguments, Lost, Native, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

CONSTANTS = "YEARLY MONTHLY WEEKLY DAILY HOURLY MINUTELY SECONDLY MO TU WE TH FR SA SU"
DAILY = 3
"""The library's number of the finest frequency that is followed: it looks for the next date step by step, also where there is none."""
HORIZON = datetime.timedelta(days=20_000)
"""How far a rule without an end is walked."""


class Rule(Object):
    """A rule with a start, so that it does not hang on the clock; `bounded` says that its end is ours."""

    __slots__ = ("bounded", "rule")

    def __init__(self, rule: Any, bounded: bool) -> None:
        self.rule = rule
        self.bounded = bounded

    def describe(self) -> str:
        return "a rule of dates"

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return self._dates(interp)

    def _dates(self, interp: Interpreter) -> Iterator[Value]:
        for date in self.rule:
            interp.budget.step(10)
            yield date
        if self.bounded:
            raise Lost(interp.unknown("a rule of very many dates", "budget"))

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        if not isinstance(key, int) or key < 0:
            return interp.unknown("this item of a rule of dates is not followed")
        return self._asked(interp, lambda dates: next(itertools.islice(dates, key, None), interp.unknown("a rule of fewer dates", "error")))

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        questions: dict[str, Callable[[Iterator[Any], Arguments], Value]] = {
            "count": lambda dates, _: sum(1 for _ in dates),
            "after": lambda dates, given: next((date for date in dates if _behind(date, given.get(0, "dt"), given.get(1, "inc"))), None),
            "between": _between,
        }
        if name not in questions:
            return super().get_attr(interp, name)
        return Native(f"rrule.{name}", lambda i, given: self._asked(i, lambda dates: questions[name](dates, given), given))

    def _asked(self, interp: Interpreter, answer: Callable[[Iterator[Any]], Value], given: Arguments | None = None) -> Value:
        problem = first_problem(given) if given is not None else None
        if problem is not None:
            return problem
        try:
            return answer(self._dates(interp))
        except Lost as lost:
            return lost.why
        except PYTHON_ERRORS as error:
            raise interp.raises(error) from None


def _behind(date: Any, limit: Any, including: Value) -> bool:
    return bool(date > limit or (including is True and date == limit))


def _between(dates: Iterator[Any], given: Arguments) -> Value:
    first, last, including = given.get(0, "after"), given.get(1, "before"), given.get(2, "inc")
    found = []
    for date in dates:
        if _behind(date, last, including is not True):
            break
        if _behind(date, first, including):
            found.append(date)
    return found


def _made_by(name: str) -> Maker:
    def make(interp: Interpreter, arguments: Arguments) -> Value:
        problem = first_problem(arguments)
        if problem is not None:
            return problem
        if any(isinstance(value, Object) for value in (*arguments.args, *arguments.kwargs.values())):
            return interp.unknown("a rule of dates over objects is not followed")
        try:
            return _rule(interp, name, arguments)
        except PYTHON_ERRORS as error:
            raise interp.raises(error) from None

    return make


def _rule(interp: Interpreter, name: str, arguments: Arguments) -> Value:
    from dateutil import rrule

    text = arguments.get(0, "s") if name == "rrulestr" else None
    given = arguments.get(1, "dtstart") if name == "rrule" else arguments.kwargs.get("dtstart")
    if given is None and not (isinstance(text, str) and "DTSTART" in text):
        return interp.unknown("a rule of dates without a start begins when it is made", "clock", name=f"dateutil.rrule.{name}")
    made = getattr(rrule, name)(*arguments.args, **arguments.kwargs)
    return _followed(interp, made) if isinstance(made, rrule.rrule) else interp.unknown("a set of rules of dates is not followed")


def _followed(interp: Interpreter, made: Any) -> Value:
    """The rule with an end; Unknown for one that may look for its next date for long."""
    if made._freq > DAILY or not _comes_again(made):
        return interp.unknown("a rule of dates of this kind is not followed", "budget")
    if made._count is None and (made._until is None or made._until - made._dtstart > HORIZON):
        return Rule(made.replace(until=made._dtstart + HORIZON), True)
    return Rule(made, False)


def _comes_again(made: Any) -> bool:
    """Whether a rule surely has a date within some years: the library looks for the next one up to the year 9999, with or without an end."""
    days, weekdays = made._bymonthday + made._bynmonthday, made._bynweekday or ()
    rare = made._byyearday, made._byweekno, made._byeaster, made._bysetpos
    return (
        not any(rare)
        and all(1 <= abs(day) <= 28 for day in days)
        and all(1 <= abs(number) <= 4 for _, number in weekdays)
        and not (days and weekdays)
    )


def rrule_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `dateutil.rrule`."""
    from dateutil import rrule

    return {**natives({name: _made_by(name) for name in ("rrule", "rrulestr")}), **pure_names(rrule, CONSTANTS)}
