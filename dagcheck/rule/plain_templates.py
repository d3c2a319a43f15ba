"""Templates of plain expressions, such as `{{ ds }}` and `{{ ti.xcom_pull(task_ids='load')['rows'] }}`, read by their words.

Most templates are as plain as that, and Jinja takes long to load and to read. Whatever is not surely plain is left to it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from dagcheck.patterns import late

_NAME = r"[A-Za-z_]\w*+"
_TEXT = r"""(?:'[^'\\{}\n]*+'|"[^"\\{}\n]*+")"""
_NUMBER = r"(?:0|[1-9]\d{0,9}+)(?![\w.])"
_LITERAL = rf"(?:{_TEXT}|{_NUMBER})"
_LIST = rf"\[\s*+(?:{_LITERAL}\s*+(?:,\s*+{_LITERAL}\s*+)*+)?+\]"
_PATH = rf"{_NAME}(?:\.{_NAME}){{0,9}}+"
_VALUE = rf"(?:{_TEXT}|-?+{_NUMBER}|{_LIST}|{_PATH})"
_GIVEN = rf"(?:{_NAME}\s*+=\s*+)?+{_VALUE}\s*+"

_MARK = late(r"\{[{%#]")
_BEGIN = late(rf"\{{\{{-?+\s*+({_NAME})", re.ASCII)
_STEP = late(rf"\.({_NAME})|\[\s*+(?:{_TEXT}|-?+{_NUMBER})\s*+\]|\(\s*+((?:{_GIVEN}(?:,\s*+{_GIVEN})*+)?+)\)", re.ASCII)
_END = late(r"\s*+-?\}\}", re.ASCII)
_ARGUMENT = late(rf"(?:({_NAME})\s*+=\s*+)?+({_VALUE})\s*+(?:,\s*+|$)", re.ASCII)
_ITEM = late(_LITERAL, re.ASCII)

_LARGEST = 10_000
_MOST_STEPS = 20
_OTHERWISE = frozenset(
    {
        *("true", "false", "none", "True", "False", "None"),
        *("not", "and", "or", "in", "is", "if", "else"),
        *("self", "super", "loop", "caller", "varargs", "kwargs"),
        *("range", "dict", "lipsum", "cycler", "joiner", "namespace"),
    }
)
"""Words that are no names from outside, or not everywhere."""


class Plain(NamedTuple):
    """What plain expressions use: names from outside, attributes of them as (name, attribute), and what each `xcom_pull` is given, `...` for what is not written out."""

    names: set[str]
    attributes: set[tuple[str, str]]
    pulls: list[dict[str, object]]


class _NotPlain(ValueError):
    """There is more in the template than plain expressions."""


def read_plain(text: str, pull_parameters: tuple[str, ...]) -> Plain | None:
    """What a template of plain expressions uses; None for any other. `pull_parameters` are those of `xcom_pull`, in order."""
    if len(text) > _LARGEST:
        return None
    found, place = Plain(set(), set(), []), 0
    try:
        while (mark := _MARK.search(text, place)) is not None:
            place = _read_expression(text, mark.start(), found, pull_parameters)
    except _NotPlain:
        return None
    return found


def _read_expression(text: str, place: int, found: Plain, pull_parameters: tuple[str, ...]) -> int:
    """Read the expression that begins at a place; where it ends."""
    begin = _BEGIN.match(text, place)
    if begin is None:
        raise _NotPlain
    name, place = _outside(begin[1], found), begin.end()
    first, last, pulls = begin.end(), "", len(found.pulls)
    for _ in range(_MOST_STEPS):
        step = _STEP.match(text, place)
        if step is None:
            break
        attribute, given = step.groups()
        if attribute is not None and place == first:
            found.attributes.add((name, attribute))
        if given is not None:
            arguments = _read_arguments(given, found, pull_parameters)
            if last == "xcom_pull":
                found.pulls.append(arguments)
        last, place = attribute or "", step.end()
    end = _END.match(text, place)
    if end is None or len(found.pulls) > pulls + 1:  # several in one expression: their order is Jinja's
        raise _NotPlain
    return end.end()


def _outside(name: str, found: Plain) -> str:
    if name in _OTHERWISE:
        raise _NotPlain
    found.names.add(name)
    return name


def _read_arguments(given: str, found: Plain, parameters: tuple[str, ...]) -> dict[str, object]:
    """The arguments of a call by the names of its parameters."""
    arguments: dict[str, object] = {}
    by_name = False
    for place, argument in enumerate(_ARGUMENT.finditer(given)):
        key, value = argument.groups()
        if key in _OTHERWISE or (by_name and key is None):
            raise _NotPlain
        by_name = key is not None
        if key is not None or place < len(parameters):
            arguments[parameters[place] if key is None else key] = _value(value, found)
        else:
            _value(value, found)
    return arguments


def _value(written: str, found: Plain) -> object:
    """The value of a literal; `...` for a number below zero and for a path, whose name is noted."""
    if written[0] in "'\"":
        return written[1:-1]
    if written[0].isdigit():
        return int(written)
    if written[0] == "[":
        return [_value(item, found) for item in _ITEM.findall(written)]
    if written[0] != "-":
        name, _, rest = written.partition(".")
        _outside(name, found)
        if rest:
            found.attributes.add((name, rest.partition(".")[0]))
    return ...
