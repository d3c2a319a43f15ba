"""What one file may take, so that none keeps the others from being checked."""

from __future__ import annotations

from typing import NamedTuple


class Limit(NamedTuple):
    """One limit: what holds unless the configuration says otherwise, the least and the most that it may say, and what it bounds."""

    default: float
    least: float
    most: float
    doc: str


LIMITS: dict[str, Limit] = {
    "seconds": Limit(60, 1, 86_400, "seconds on the clock for one file, after which it is given up and the others go on"),
    "memory": Limit(2_048, 64, 1_048_576, "MiB of memory that a worker process may take for one file"),
    "evaluation-seconds": Limit(
        1, 0.01, 3_600, "seconds of processor time for the evaluation of one file, after which its DAGs are not exact"
    ),
    "depth": Limit(120, 10, 1_000, "how deep calls of the evaluated program may be nested"),
    "findings": Limit(1_000, 1, 1_000_000, "how many findings of one file are told"),
}


def problem_with(name: str, value: object) -> str | None:
    """What is wrong with the value of a limit; None where nothing is."""
    if name not in LIMITS:
        return f"is no limit; known are {', '.join(LIMITS)}"
    limit = LIMITS[name]
    if not isinstance(value, int | float) or isinstance(value, bool):
        return "must be a number"
    if not limit.least <= value <= limit.most:
        return f"must be between {limit.least:g} and {limit.most:g}"
    return None
