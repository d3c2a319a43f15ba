"""The configuration's JSON schema and its page, made of the table of keys that reads it; `python scripts/configuration_schema.py` writes them to docs/."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from dagcheck.config.keys import KEYS
from dagcheck.config.policy import DAG_FIELDS, TASK_FIELDS
from dagcheck.engine.packs import rules_of_package
from dagcheck.engine.schema import configuration_schema

DOCS = Path(__file__).resolve().parent.parent / "docs"
SCHEMA = DOCS / "configuration.schema.json"
PAGE = DOCS / "configuration.md"

_BEFORE = """# Configuration

`[tool.dagcheck]` in `pyproject.toml`, or `dagcheck.toml` with the same keys at top level; the nearest one above each file holds for it. `dagcheck config PATH`
shows what is in force for a file and where each value comes from. An unknown key, a wrong value or a rule that does not exist is an error that names the line.
[The JSON schema](configuration.schema.json) is for editors; `dagcheck config --schema` prints it with the options of the rule packs that you have installed.
"""
_POLICIES = """## Policies

A policy is a rule of your own without Python:

```toml
[[tool.dagcheck.policy]]
code = "ACME001"
name = "too-few-retries"
tasks = "tag == finance and operator not in [EmptyOperator]"
require = ["retries >= 2", "execution_timeout <= 2h", "pool required"]
message = "Finance tasks are retried, bounded and pooled."
severity = "error"
```

`dags` or `tasks` says which ones it is about (`"*"`: all), `require` what each of them has to meet. An expression compares a field: `==`, `!=`, `<`, `<=`, `>`,
`>=`, `in [a, b]`, `not in`, `match "regular expression"` (or a list of them), `not match`, `required` (somebody set it), `absent`; `and`, `or`, `not` and round
brackets join them. A value is a word, a text in quotes, a number, `true`, `false`, `none` or a duration (`30s`, `10m`, `2h`, `1d`). A field with several
values, such as the tags or the classes of an operator, meets a comparison when one of them does. What is not set meets no `<`, `<=`, `>` or `>=`; what the
source does not tell is never reported.
"""


def schema_text() -> str:
    """The schema of the built-in rules' configuration, as it is committed."""
    return json.dumps(configuration_schema(rules_of_package("dagcheck_rules", "builtin")), indent=2) + "\n"


def page_text() -> str:
    """The page, as it is committed."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield from (_BEFORE, "## Keys", "", "| key | what it says | `extend` takes it over |", "| --- | --- | --- |")
    yield from (f"| `{name}` | {key.doc} | {'yes' if key.inherited else 'no'} |" for name, key in KEYS.items())
    yield from ("", _POLICIES)
    yield f"Fields of DAGs: {', '.join(f'`{field}`' for field in DAG_FIELDS)}."
    yield ""
    yield f"Fields of tasks: {', '.join(f'`{field}`' for field in TASK_FIELDS)}, and `argument.NAME` for any argument of an operator."


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    PAGE.write_text(page_text(), encoding="utf-8")
    print(SCHEMA.name, PAGE.name)
