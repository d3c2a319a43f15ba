"""Cron expressions drawn at random, plain and odd, valid and not."""

from __future__ import annotations

from hypothesis import strategies as st

from dagcheck.timetable.cron import FIELDS, MONTHS, RANGES, WEEKDAYS

_NAMES = {3: tuple(MONTHS), 4: tuple(WEEKDAYS)}


@st.composite
def items(draw: st.DrawFn, index: int) -> str:
    """One item of a field: a number, a name, a range, a step, or what the field has of its own; seldom out of range."""
    low, high = RANGES[index]
    number = st.integers(low, high + (1 if index == 4 else 0)).map(str)
    if index in _NAMES:
        number = number | st.sampled_from(_NAMES[index]) | st.sampled_from(_NAMES[index]).map(str.upper)
    step = st.integers(1, 40).map(str)
    forms = [
        st.just("*"),
        number,
        number,
        st.tuples(number, number).map("-".join),
        step.map("*/{}".format),
        st.tuples(number, step).map("/".join),
        st.tuples(number, number, step).map(lambda parts: f"{parts[0]}-{parts[1]}/{parts[2]}"),
    ]
    if index == 2:
        forms += [st.sampled_from(["L", "l", "?", "15W", "1W", "W31"])]
    if index == 4:
        forms += [st.sampled_from(["?", "L5", "l0"]), st.tuples(number, st.integers(1, 5).map(str)).map("#".join)]
    return draw(st.one_of(forms))


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """An expression of five to seven fields; the hour and minute are seldom `*`, so that far dates turn up too."""
    count = draw(st.sampled_from([5, 5, 5, 5, 6, 7]))
    fields = []
    for index in range(count):
        simple = index in (3, 6) or draw(st.integers(0, 3)) == 0
        fields.append("*" if simple and draw(st.booleans()) else ",".join(draw(st.lists(items(index), min_size=1, max_size=3))))
    return " ".join(fields)


assert len(FIELDS) == 7
