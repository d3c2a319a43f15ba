"""Airflow's own settings as people give them: which there are, and which values some of them take.

`airflow_options.json` is made by `scripts/airflow_facts/options.py`. Sections of providers are not in it: their settings are taken as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from dagcheck.patterns import late

_NAME = late(r"\w+\.\w+", re.ASCII)
_TABLE = Path(__file__).with_name("airflow_options.json")
_CLOSE = 0.75
_OF_PROVIDERS = frozenset(
    {"kubernetes_executor", "local_kubernetes_executor", "opensearch", "openlineage", "azure_remote_logging", "dag_factory"}
)
"""Sections of providers and add-ons whose names are like those of the core."""


def problem_with(key: str, value: str) -> str | None:
    """What is wrong with one of Airflow's settings, `section.key`; None if nothing is, or if it is of a provider."""
    if not _NAME.fullmatch(key):
        return 'must be named "section.key", such as "core.default_timezone"'
    options = _options()
    section, _, name = key.partition(".")
    if section in options and name.lower() not in options[section]:
        return f"is no setting of Airflow{_hint(key, [f'{section}.{option}' for option in options[section]])}"
    if section not in options and section not in _OF_PROVIDERS and (near := _near(section, options)):
        return f"is of no section of Airflow; did you mean {near[0]}.{name}?"
    return _problem_with_zone(value) if key == "core.default_timezone" else None


def _hint(key: str, known: list[str]) -> str:
    near = _near(key, known)
    return f"; did you mean {near[0]}?" if near else ""


def _near(word: str, known: Iterable[str]) -> list[str]:
    import difflib

    return difflib.get_close_matches(word, list(known), n=1, cutoff=_CLOSE)


def _problem_with_zone(name: str) -> str | None:
    import zoneinfo

    if name.lower() in ("utc", "system"):
        return None
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return f"must be a time zone such as Europe/Oslo, utc or system; there is no zone {name!r}"
    return None


def _options() -> dict[str, list[str]]:
    import json

    found: dict[str, list[str]] = json.loads(_TABLE.read_bytes())["options"]
    return found
