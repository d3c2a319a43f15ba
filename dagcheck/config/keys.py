"""Every key of the configuration: how its value is checked, what it means, and its JSON schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dagcheck.config import airflow_settings, limits, releases
from dagcheck.config.policy import DAG_FIELDS, TASK_FIELDS, Policy, PolicyError, read_policy
from dagcheck.records import dataclass

Schema = dict[str, Any]


class WrongValue(ValueError):
    """What a value should have been; `keys` are the inner keys at fault, where there are some."""

    def __init__(self, message: str, *keys: str | int) -> None:
        super().__init__(message)
        self.keys = keys


@dataclass(frozen=True)
class Key:
    """One key. `check` gives the value as the program uses it, or raises `WrongValue`. `inherited`: `extend` hands it on."""

    check: Callable[[object], Any]
    schema: Schema
    doc: str
    inherited: bool = True


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise WrongValue("must be a text")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise WrongValue("must be a list of texts")
    return tuple(value)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise WrongValue("must be true or false")
    return value


def _table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise WrongValue("must be a table")
    return dict(value)


def _table_of(check: Callable[[object], Any]) -> Callable[[object], dict[str, Any]]:
    def checked(value: object) -> dict[str, Any]:
        result = {}
        for key, item in _table(value).items():
            try:
                result[key] = check(item)
            except WrongValue as error:
                raise WrongValue(str(error), key, *error.keys) from error
        return result

    return checked


def _one_of(*allowed: str) -> Callable[[object], str]:
    def checked(value: object) -> str:
        if value not in allowed:
            raise WrongValue(f"must be one of {', '.join(allowed)}")
        return str(value)

    return checked


def _airflow(value: object) -> str:
    if not isinstance(value, str):
        raise WrongValue('must be an Airflow version as a text, such as "2.11" or "3.3"')
    if problem := releases.problem_with(value):
        raise WrongValue(f"must be an Airflow version: {problem}")
    return value


def _airflows(value: object) -> tuple[str, ...]:
    return tuple(_airflow(item) for item in _texts(value))


def _settings(value: object) -> dict[str, str]:
    """Airflow's own settings by `section.key`; TOML's numbers and booleans become the texts that Airflow would read."""
    result = {}
    for key, item in _table(value).items():
        if not isinstance(item, str | int | float | bool):
            raise WrongValue("must be a text, a number or a boolean", key)
        problem = airflow_settings.problem_with(key, str(item))
        if problem is not None:
            raise WrongValue(problem, key)
        result[key] = str(item)
    return result


def _limits(value: object) -> dict[str, float]:
    """What one file may take, by the names of the limits."""
    found = {}
    for name, item in _table(value).items():
        problem = limits.problem_with(name, item)
        if problem is not None:
            raise WrongValue(problem, name)
        found[name] = item
    return found


def _policies(value: object) -> tuple[Policy, ...]:
    """The policies, each with a code and a name of its own."""
    if not isinstance(value, list | tuple):
        raise WrongValue("must be a list of tables: [[tool.dagcheck.policy]]")
    found: list[Policy] = []
    for index, item in enumerate(value):
        try:
            policy = read_policy(_table(item))
        except PolicyError as error:
            raise WrongValue(str(error), index, *filter(None, (error.key,))) from error
        except WrongValue as error:
            raise WrongValue(str(error), index) from error
        for other in found:
            if policy.code == other.code or policy.name == other.name:
                raise WrongValue(f"has the code or name of another policy: {policy.code} {policy.name}", index)
        found.append(policy)
    return tuple(found)


_VERSION = r"\d+\.\d+(\.\w+)*"
_SETTING = r"\w+\.\w+"
_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_TRUTH: Schema = {"type": "boolean"}
_SEVERITY: Schema = {"enum": ["error", "warning", "info"]}
_POLICY: Schema = {
    "type": "object",
    "required": ["code", "require"],
    "oneOf": [{"required": ["dags"]}, {"required": ["tasks"]}],
    "additionalProperties": False,
    "properties": {
        "code": {
            "type": "string",
            "pattern": r"^((?!DAG|AIR)[A-Z]{2,8}\d{3,4}|DAG905\d?)$",
            "description": "The policy's own code, such as ORG001.",
        },
        "name": {"type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", "description": "The bad thing, in kebab case."},
        "message": {**_TEXT, "description": "What is said of what does not meet it."},
        "help": {**_TEXT, "description": "How to mend it."},
        "severity": {**_SEVERITY, "description": "Default: warning."},
        "dags": {**_TEXT, "description": f"Which DAGs it is about: an expression over {', '.join(DAG_FIELDS)}; * for all."},
        "tasks": {
            **_TEXT,
            "description": f"Which tasks it is about: an expression over {', '.join(TASK_FIELDS)}, argument.NAME; * for all.",
        },
        "require": {"anyOf": [_TEXT, {**_TEXTS, "minItems": 1}], "description": "What they have to meet: expressions, all of them."},
    },
}


def _of(schema: Schema) -> Schema:
    return {"type": "object", "additionalProperties": schema}


KEYS: dict[str, Key] = {
    "extend": Key(
        _text,
        _TEXT,
        "Another configuration file, relative to this one, whose values hold where this one has none; paths are not taken over.",
        False,
    ),
    "dags": Key(_texts, _TEXTS, "The DAG folders; what is looked at when no path is named.", False),
    "roots": Key(_texts, _TEXTS, "The folders that imports are resolved from, as on sys.path.", False),
    "env": Key(_table_of(_text), _of(_TEXT), "Environment variables that evaluation may take as known."),
    "variables": Key(_table, {"type": "object"}, "Airflow Variables that evaluation may take as known."),
    "variable-defaults": Key(_truth, _TRUTH, "Whether a Variable that is not known has the default that the code gives."),
    "working-directory": Key(
        _text, _TEXT, "The folder that Airflow is started in, which relative paths in DAG files are relative to.", False
    ),
    "connections": Key(
        _table_of(_text), _of(_TEXT), "The databases that connection ids lead to, such as postgres or snowflake, for rerun."
    ),
    "airflow": Key(
        _airflow, {"type": "string", "pattern": f"^{_VERSION}$"}, "The Airflow version that the DAGs are for; default: the newest."
    ),
    "airflow-also": Key(
        _airflows,
        {"type": "array", "items": {"type": "string", "pattern": f"^{_VERSION}$"}},
        "Further Airflow versions that the same files run on, as while you migrate: what would run otherwise there is told.",
    ),
    "airflow-settings": Key(
        _settings,
        {
            "type": "object",
            "propertyNames": {"pattern": f"^{_SETTING}$"},
            "additionalProperties": {"type": ["string", "number", "boolean"]},
        },
        "Airflow's own settings that change the answer, by section.key.",
    ),
    "include": Key(_texts, _TEXTS, "Only files that match one of these patterns (in the syntax of .gitignore).", False),
    "exclude": Key(_texts, _TEXTS, "No file or folder that matches one of these patterns.", False),
    "respect-gitignore": Key(_truth, _TRUTH, "Whether files that git ignores are left out; default: true."),
    "select": Key(_texts, _TEXTS, "Only these rules: codes, prefixes or names; default: those that are on by default."),
    "extend-select": Key(_texts, _TEXTS, "These rules, too."),
    "ignore": Key(_texts, _TEXTS, "Not these rules."),
    "per-file-ignores": Key(_table_of(_texts), _of(_TEXTS), "Rules that do not hold for the files that match a pattern.", False),
    "severity": Key(_table_of(_one_of("error", "warning", "info")), _of(_SEVERITY), "Severities by rule, prefix or name."),
    "fail-on": Key(_one_of("error", "warning", "info"), _SEVERITY, "The least severity that makes the exit status 1; default: warning."),
    "baseline": Key(_text, _TEXT, "The file with the findings that are known, relative to this one.", False),
    "rule": Key(_table_of(_table), _of({"type": "object"}), "Options of single rules, by their names."),
    "cache": Key(_truth, _TRUTH, "Whether what is found is kept for later runs (`dagcheck cache` shows where); default: true.", False),
    "limits": Key(
        _limits,
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                name: {
                    "type": "number",
                    "minimum": limit.least,
                    "maximum": limit.most,
                    "default": limit.default,
                    "description": f"{limit.doc[0].upper()}{limit.doc[1:]}.",
                }
                for name, limit in limits.LIMITS.items()
            },
        },
        f"What one file may take: {'; '.join(f'{name} (default: {limit.default:g}), {limit.doc}' for name, limit in limits.LIMITS.items())}.",
    ),
    "policy": Key(_policies, {"type": "array", "items": _POLICY}, "The organisation's own policies."),
}
