"""The project's own operators, in the child: the instance that reading the file has made, its templates rendered, its `execute` called."""

from __future__ import annotations

import os
from typing import Any

from dagcheck.harness.python.link import Link
from dagcheck.harness.python.placeholders import OPERATORS, Anything, Operator
from dagcheck.harness.template import Templates
from dagcheck.harness.world import Situation

DEEPEST = 6


def made(wanted: dict[str, Any], link: Link) -> Operator:
    """The operator that the file has made in the wanted lines, with the wanted label; of several that are alike, the one of that number."""
    found = [
        operator
        for operator, places in OPERATORS
        if type(operator).__name__ == wanted["operator"]
        and operator.__dict__["_given"].get("task_id") == wanted["label"]
        and any(_same(path, wanted["path"]) and wanted["line"] <= line <= wanted["end_line"] for path, line in places)
    ]
    if len(found) != wanted["alike"]:
        link.not_played(
            f"reading the file has made no {wanted['operator']} of this name: its class may not be installed here"
            if len(found) < wanted["alike"]
            else "which of the file's operators it is cannot be told"
        )
    operator: Operator = found[wanted["number"]]
    if type(operator).execute is Operator.execute:
        link.not_played(f"what {wanted['operator']} does is not known to the harness")
    return operator


def _same(one: str, other: str) -> bool:
    return one == other or os.path.realpath(one) == os.path.realpath(other)


def render(operator: Operator, templates: Templates, situation: Situation, link: Link) -> None:
    """Render the operator's template fields where they stand."""
    fields = [name for cls in type(operator).__mro__ for name in vars(cls).get("template_fields", ())]
    for name in dict.fromkeys(fields):
        if name in operator.__dict__:
            setattr(operator, name, _rendered(operator.__dict__[name], name, templates, situation, link))


def _rendered(value: Any, name: str, templates: Templates, situation: Situation, link: Link, depth: int = 0) -> Any:
    if isinstance(value, str):
        return templates.render(value, situation, link.pull, {}).text
    if isinstance(value, Anything):
        link.not_played(f"its argument {name} is known at run time only")
    if isinstance(value, dict) and depth < DEEPEST:
        return {key: _rendered(item, name, templates, situation, link, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple) and depth < DEEPEST:
        return type(value)([_rendered(item, name, templates, situation, link, depth + 1) for item in value])
    return value
