"""Where a file runs SQL, and where in a statement a value stands."""

from __future__ import annotations

import ast

from dagcheck.patterns import late
from dagcheck_rules.security._detection.facts import words
from dagcheck_rules.security._detection.slots import Slot
from dagcheck_rules.security._detection.text import Folding, Lookup, Text, called

_STATEMENT = late(
    r"(?is)^\s*(?:--[^\n]*\n\s*|/\*.{0,400}?\*/\s*)*(?:select|insert|update|delete|merge|with|call|replace|upsert|exec|copy|unload|drop|truncate|alter|create|grant|show|describe)\b"
)
_DEFINES = late(r"(?i)\s*(?:create|alter|drop|truncate|grant|show|describe)\b")
_VALUE_BEFORE = late(
    r"(?is)(?:[=<>!~]\s{0,4}|\b(?:like|ilike|rlike|between|and|values\s{0,4}\(|in\s{0,4}\()\s{0,4})(?:[eErRnN]?['\"]?%?|[\w.]{1,40}\(\s{0,4}['\"]?)$"
)
_LISTED_BEFORE = late(r"(?is)\b(?:values|in)\s{0,4}\([^()]{0,2000}['\",\s]$")


def runs_as_sql(slot: Slot) -> bool:
    """Whether a text is the SQL of an operator."""
    names = slot.around.names
    return bool(names) and names[0] in words("calls", "sql", "arguments") and bool(_STATEMENT.match(slot.text.value))


def query_of(call: ast.Call, lookup: Lookup) -> Text | None:
    """The SQL text that a call runs, known in part."""
    given = sql_argument(call)
    if given is None or isinstance(given, ast.Constant):
        return None
    text = Folding(lookup).text(given)
    return text if text is not None and not text.known and _STATEMENT.match(text.value) else None


def sql_argument(call: ast.Call) -> ast.expr | None:
    """The argument of a call that is SQL to run."""
    if called(call) not in words("flows", "queries"):
        return None
    named = next((keyword.value for keyword in call.keywords if keyword.arg in ("sql", "query", "statement", "operation", "stmt")), None)
    return named if named is not None else call.args[0] if call.args else None


def put_in(statement: str, at: int) -> bool:
    """Whether what stands at an offset of a statement is a value (after `=`, `IN (`, `LIKE '`), not a table, a column or a part of the statement."""
    if _DEFINES.match(statement):
        return False
    before = statement[max(0, at - 2200) : at]
    return bool(_VALUE_BEFORE.search(before[-80:]) or _LISTED_BEFORE.search(before))
