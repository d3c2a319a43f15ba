"""The JSON schema of the configuration, for editors: made of the same table of keys that reads it, and of the rules' options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dagcheck.config.keys import KEYS
from dagcheck.rule import Option, Rule

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def configuration_schema(rules: Sequence[type[Rule]]) -> dict[str, Any]:
    """The schema of `dagcheck.toml`, and of `[tool.dagcheck]` in `pyproject.toml`."""
    properties = {key: {**entry.schema, "description": entry.doc} for key, entry in KEYS.items()}
    with_options = [rule for rule in rules if rule.options]
    named = {key: _options(rule) for rule in with_options for key in (rule.meta.name, rule.meta.code)}
    properties["rule"] = {"type": "object", "description": KEYS["rule"].doc, "properties": dict(sorted(named.items()))}
    return {"$schema": DIALECT, "title": "dagcheck", "type": "object", "additionalProperties": False, "properties": properties}


def _options(rule: type[Rule]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": {option.name: _option(option) for option in rule.options}}


def _option(option: Option) -> dict[str, Any]:
    kinds: dict[type, dict[str, Any]] = {
        bool: {"type": "boolean"},
        int: {"type": "integer"},
        float: {"type": "number"},
        str: {"type": "string"},
        tuple: {"type": "array", "items": {"type": "string"}},
    }
    default = list(option.default) if isinstance(option.default, tuple) else option.default
    return {**kinds[type(option.default)], "default": default, "description": option.doc}
