"""Which columns identify a row: what the name of a table lets one expect, and what a write by key takes for granted of a table whose keys are not declared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dagcheck.harness.sql.facts import Facts, Guard

MEASURE = re.compile(
    r"(^|_)(n|count|cnt|total|sum|amount|qty|quantity|value|price|score|rate|level|balance|revenue|clicks|views|hits|sales|visits|orders|rows|status|state|updated|loaded)(_at)?$"
)
BESIDE_THE_POINT = frozenset({
    "raw", "staging", "stage", "stg", "landing", "source", "src", "copy", "new", "import", "data", "info", "details", "detail", "profile", "profiles", "record", "records",
    "master", "dim", "fact", "table", "tbl", "base", "main", "full", "all", "list", "current", "latest",
})  # fmt: skip
"""Last words of table names that say nothing of what a row is."""
VERSIONED = re.compile(
    r"^(valid_(from|to|until)|effective_(from|to|date)|is_current|current_flag|row_(start|end)|dbt_valid_(from|to)|version)$"
)
"""Columns of tables that keep several versions of what has one key."""
IDENTITY = re.compile(r"(^|_)(id|key|code|no|number|sk|uuid)$")


def names_of_key(table: str) -> Iterator[str]:
    """The column names that would identify a row of a table of that name, the likeliest first."""
    yield "id"
    words = table.rpartition(".")[2].split("_")
    while len(words) > 1 and (words[-1] in BESIDE_THE_POINT or words[-1].isdigit()):
        words.pop()
    whole, last = "_".join(words), words[-1]
    stems = dict.fromkeys((_singular(whole), _singular(last), whole, last))
    for stem in stems:
        for end in ("id", "key", "uuid", "sk", "no", "number"):
            yield f"{stem}_{end}"
    yield from ("uuid", "pk")


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word.removesuffix("ies") + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word.removesuffix("es")
    return word if word.endswith("ss") else word.removesuffix("s")


def guarded_key(table: str, guard: Guard, facts: Facts) -> tuple[str, ...]:
    """The columns that a write which minds a key (`ON CONFLICT DO NOTHING`, `INSERT IGNORE`, `REPLACE INTO`, …) takes to be unique, where no DDL says which."""
    likely = next((name for name in names_of_key(table) if name in guard.columns), None)
    if likely is not None:
        return (likely,)
    steady = [name for name in guard.columns if name not in guard.assigned and facts.cell(table, name).volatile is None]
    identifying: Sequence[str] = [name for name in steady if not MEASURE.search(name)]
    return tuple(identifying or steady or guard.columns)


def repeat_versions(facts: Facts) -> None:
    """Note that what identifies the rows of a table with versions comes back in its sources, interval after interval."""
    for table in list(facts.tables.values()):
        if any(VERSIONED.match(name) for name in table.columns):
            facts.deduplicated += [cell for name, cell in table.columns.items() if IDENTITY.search(name)]
