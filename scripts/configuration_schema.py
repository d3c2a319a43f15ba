"""The JSON schema of the configuration; `python scripts/configuration_schema.py` writes it to docs/configuration.schema.json."""

from __future__ import annotations

import json
from pathlib import Path

from dagcheck.engine.packs import rules_of_package
from dagcheck.engine.schema import configuration_schema

SCHEMA = Path(__file__).resolve().parent.parent / "docs" / "configuration.schema.json"


def schema_text() -> str:
    """The schema of the built-in rules' configuration, as it is committed."""
    return json.dumps(configuration_schema(rules_of_package("dagcheck_rules", "builtin")), indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    print(SCHEMA.name)
