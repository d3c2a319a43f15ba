"""Values as JSON can say them: for the public output, never for computing."""

from __future__ import annotations

import datetime
from typing import Any

from dagcheck.model.values import AssetExpression, AssetRef, FunctionRef, NameRef, ObjectRef, TaskRef, Unknown, XComRef


def iso_duration(delta: datetime.timedelta) -> str:
    """`P1DT2H`-style text of a timedelta; days, hours, minutes and seconds only."""
    sign = "-" if delta < datetime.timedelta(0) else ""
    delta = abs(delta)
    hours, rest = divmod(delta.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    text = f"{seconds}.{delta.microseconds:06d}".rstrip("0") if delta.microseconds else str(seconds)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{text}S" if text != "0" else "")
    days = f"{delta.days}D" if delta.days else ""
    return f"{sign}P{days}{'T' + clock if clock else ''}" if days or clock else "PT0S"


def plain(value: Any, depth: int = 20) -> Any:
    """JSON-ready form of a model value; null for what is unknown, a name in angle brackets for what is no data."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if depth == 0 or isinstance(value, Unknown):
        return None
    if isinstance(value, dict):
        return {str(plain(key, depth - 1)): plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth - 1) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(item, depth - 1) for item in value), key=str)
    if isinstance(value, datetime.timedelta):
        return iso_duration(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return _reference(value, depth)


def _reference(value: Any, depth: int) -> Any:
    match value:
        case FunctionRef(name=name):
            return f"<function {name}>"
        case NameRef(dotted=dotted):
            return f"<{dotted}>"
        case ObjectRef(dotted=dotted, kwargs=kwargs):
            return {"class": dotted, **{str(key): plain(item, depth - 1) for key, item in kwargs.items()}}
        case AssetRef(name=name, uri=uri):
            return uri or name
        case AssetExpression(operator=operator, members=members):
            return {operator: [plain(member, depth - 1) for member in members]}
        case TaskRef(task_id=task_id):
            return f"<task {task_id}>"
        case XComRef(task_id=task_id, key=key):
            return f"<xcom {task_id}.{key}>"
        case bytes():
            return None
    return f"<{type(value).__name__}>"
