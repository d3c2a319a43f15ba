"""`dagcheck config`: what is in force for a path, and where each value comes from."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagcheck.commands.arguments import add_quiet, airflow_version
from dagcheck.model.errors import ExplainedError

if TYPE_CHECKING:
    from dagcheck.commands.workspace import Workspace
    from dagcheck.config.table import Configuration
    from dagcheck.engine.select import Selected
    from dagcheck.report.terminal import Terminal


class PathError(ExplainedError):
    """The path that was asked for does not exist."""


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """The options of `config`."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "config",
        help="show the configuration that is in force for a path",
        description="Show the configuration that is in force for a file or folder, and where each value comes from.",
    )
    parser.add_argument("path", nargs="?", type=Path, default=Path(), metavar="PATH", help="default: the working directory")
    parser.add_argument("--config", type=Path, metavar="FILE", help="use this configuration instead of the nearest one above the path")
    parser.add_argument("--airflow", type=airflow_version, metavar="VERSION", help="the Airflow version that the DAGs are for")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--schema", action="store_true", help="print the JSON schema of the configuration instead")
    add_quiet(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Show the configuration; a wrong one is an error that names the place."""
    from dagcheck.commands.workspace import Workspace
    from dagcheck.engine.packs import load_packs
    from dagcheck.engine.schema import configuration_schema

    terminal: Terminal = options.terminal
    if options.schema:
        terminal.write(json.dumps(configuration_schema(load_packs()), indent=2), "json")
        return 0
    workspace = Workspace(config_path=options.config, airflow=options.airflow)
    path = workspace.base / options.path
    if not path.exists():
        raise PathError(f"{options.path}: no such file or directory")
    shown = in_force(workspace, path)
    if options.format == "json":
        terminal.write(json.dumps(shown, indent=2, ensure_ascii=False), "json")
    else:
        for line in _lines(shown):
            terminal.write(line)
    return 0


def in_force(workspace: Workspace, path: Path) -> dict[str, Any]:
    """The configuration of a path as plain data: each key with its value and where that was set, what follows from it, and the rules that run."""
    from dagcheck.commands.choosing import Choice, choose, known_rules
    from dagcheck.config.keys import KEYS

    inside = path / "dag.py" if path.is_dir() else path
    (scope,) = workspace.scopes([inside])
    configuration = scope.configuration
    running = [selected for selected in choose(scope, known_rules(), Choice()).running if not selected.hidden]
    return {
        "path": workspace.show(path),
        "configuration": None if configuration.path is None else str(configuration.path),
        "values": {key: {"value": _shown(key, _value(configuration, key)), "from": _origin(configuration, key)} for key in KEYS},
        "airflow": workspace.airflow(configuration),
        "dag-folder": str(workspace.finder.dag_folder(inside, configuration)),
        "roots": [str(root) for root in workspace.finder.roots(inside, configuration)],
        "rules": {
            selected.rule.meta.code: {
                "name": selected.rule.meta.name,
                "severity": selected.severity or selected.rule.meta.severity,
                "ignored-here": _is_ignored(workspace, configuration, selected, path),
            }
            for selected in running
        },
    }


def _value(configuration: Configuration, key: str) -> Any:
    return getattr(configuration, key.replace("-", "_"))


def _shown(key: str, value: Any) -> Any:
    """A value as it may be shown: of environment variables and Variables the names alone, since their values may be secrets."""
    return dict.fromkeys(value, "…") if key in ("env", "variables") else _plain(value)


def _origin(configuration: Configuration, key: str) -> str:
    """Where a key was set; for a table, where each of its keys was."""
    inner = {table.place(*name.split(".", 1)) for name, table in configuration.origins.items() if name == key or name.startswith(f"{key}.")}
    return ", ".join(sorted(inner)) if inner else "default"


def _is_ignored(workspace: Workspace, configuration: Configuration, selected: Selected, path: Path) -> bool:
    from dagcheck.engine.select import answers
    from dagcheck.source.ignore import PatternList

    return any(
        PatternList((pattern,), configuration.folder).verdict(path, path.is_dir()) and any(answers(selected.rule, code) for code in codes)
        for pattern, codes in configuration.per_file_ignores.items()
    )


def _plain(value: Any) -> Any:
    """A value as JSON can say it; a policy as it is written."""
    from dagcheck.config.policy import Policy

    if isinstance(value, Policy):
        found = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        subject = found.pop("subject")
        found[subject] = found.pop("selector").text
        found["require"] = [requirement.text for requirement in found.pop("requirements")]
        return {key: item for key, item in found.items() if item}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _lines(shown: dict[str, Any]) -> Iterator[str]:
    yield f"For {shown['path']}: {shown['configuration'] or 'no configuration, so the defaults'}"
    values: dict[str, dict[str, Any]] = shown["values"]
    rows = [(key, _said(entry["value"]), entry["from"]) for key, entry in values.items()]
    width = max(len(key) for key, _, _ in rows)
    for key, value, origin in rows:
        yield f"  {key.ljust(width)} = {value}  # {origin}"
    yield f"Airflow {shown['airflow']}; DAG folder {shown['dag-folder']}"
    yield f"Imports are resolved from {', '.join(shown['roots'])}"
    ignored = [code for code, rule in shown["rules"].items() if rule["ignored-here"]]
    not_here = f"; not here: {', '.join(ignored)}" if ignored else ""
    yield f"{len(shown['rules']) - len(ignored)} rules run here{not_here}"


def _said(value: Any) -> str:
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)
