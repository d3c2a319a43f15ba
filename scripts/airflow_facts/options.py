"""The configuration options of real Airflows: `python scripts/airflow_facts/options.py` writes `dagcheck/config/airflow_options.json`.

It reads `config_templates/config.yml` of the installations that `tests/oracle/environments.py` makes.
"""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path
from typing import Any

import yaml

HOME = Path(os.environ.get("DAGCHECK_ORACLE", "~/.cache/dagcheck")).expanduser()
TARGET = Path(__file__).resolve().parents[2] / "dagcheck" / "config" / "airflow_options.json"


def options_of(path: Path) -> dict[str, set[str]]:
    """The options of each section in one `config.yml`; older ones are lists of sections."""
    read: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    if isinstance(read, list):
        return {section["name"]: {option["name"] for option in section["options"]} for section in read}
    return {name: set(section.get("options") or ()) for name, section in read.items()}


def main() -> None:
    found: dict[str, set[str]] = {}
    places = sorted(HOME.glob("airflow-*/lib/python*/site-packages/airflow/config_templates/config.yml"))
    for path in places:
        for section, options in options_of(path).items():
            found.setdefault(section, set()).update(option.lower() for option in options)
    versions = ", ".join(path.parts[len(HOME.parts)].removeprefix("airflow-") for path in places)
    table = {
        "source": f"config_templates/config.yml of Airflow {versions}",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "options": {section: sorted(options) for section, options in sorted(found.items())},
    }
    TARGET.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
