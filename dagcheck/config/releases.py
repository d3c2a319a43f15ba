"""The releases of Airflow that a DAG file may be for."""

from __future__ import annotations

import re

from dagcheck.patterns import late

RELEASES = {1: (10, 10), 2: (0, 11), 3: (0, 3)}
"""First and last minor version of each major one that dagcheck knows. Source: Airflow's release notes, read in November 2026."""

_VERSION = late(r"(\d+)\.(\d+)(\.\w+)*", re.ASCII)


def problem_with(version: object) -> str | None:
    """What is wrong with a version of Airflow as people give it, such as `2.11` or `3.3.2`; None if nothing is."""
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None:
        return f"{version!r} is not an Airflow version; write it as 2.11 or 3.3"
    first, last = RELEASES.get(int(match[1]), (1, 0))
    if first <= int(match[2]) <= last:
        return None
    return f"{version!r} is no Airflow version that dagcheck knows; it knows {_known()}"


def _known() -> str:
    ranges = [f"{major}.{first} to {major}.{last}" if first < last else f"{major}.{first}" for major, (first, last) in RELEASES.items()]
    return f"{', '.join(ranges[:-1])} and {ranges[-1]}"
