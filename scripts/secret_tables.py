"""Write the tables of the secret rules (`*.toml`, which people read and edit) as one JSON file, which takes a twentieth of the time to read."""

from __future__ import annotations

import json
import pathlib
import tomllib

FOLDER = pathlib.Path(__file__).parents[1] / "rules/dagcheck_rules/security/_detection/data"
TARGET = FOLDER / "tables.json"


def tables() -> str:
    """What the file has to hold: each table under its name, one a line."""
    found = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
    lines = [f"{json.dumps(name)}: {json.dumps(table, separators=(',', ':'))}" for name, table in found.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(tables(), encoding="utf-8")
