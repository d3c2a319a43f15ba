"""`dagcheck verify`: hold the extraction against a real Airflow. This is the one command that runs DAG files, in the interpreter that it is given."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagcheck.commands.arguments import add_output, add_paths, add_quiet

if TYPE_CHECKING:
    from dagcheck.commands.workspace import Scope, Workspace
    from dagcheck.engine.veil import Veil
    from dagcheck.model.dag import File
    from dagcheck.report.terminal import Terminal
    from dagcheck.verify.verdict import Verdict


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """The options of `verify`."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "verify",
        help="compare with what a real Airflow loads",
        description="Load DAG files with the DagBag of a real Airflow and tell where our extraction differs. This EXECUTES the files, in the interpreter that --python names.",
        epilog="Exit status: 0 no difference in a DAG that we called exact, 1 there is one, 2 dagcheck could not do its job.",
    )
    add_paths(parser)
    parser.add_argument("--python", type=Path, required=True, metavar="PATH", help="the interpreter of an environment that has Airflow")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_output(parser)
    add_quiet(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Load, extract, compare, tell, and return the exit status."""
    from dagcheck.commands.workspace import Workspace
    from dagcheck.engine.veil import OneLine
    from dagcheck.verify.verdict import as_plain, as_text

    terminal: Terminal = options.terminal
    workspace = Workspace(config_path=options.config, airflow=options.airflow)
    found = workspace.discover(options.paths)
    terminal.behind = workspace.veil.text
    failures = [f"{workspace.show(path)}: {message}" for path, message in found.failures]
    for failure in failures:
        terminal.error(failure)
    if not found.files:
        terminal.error("no file that could hold a DAG")
        return 2
    verdict = verify_files(found.files, options)
    if options.format == "json":
        text = json.dumps(as_plain(verdict), indent=2, ensure_ascii=False)
    else:
        text = "\n".join(as_text(OneLine().whole(verdict)))
    if options.output is not None:
        from dagcheck.commands.writing import write_text

        write_text(options.output, terminal.behind(f"{text}\n"))
    else:
        terminal.write(text, "json" if options.format == "json" else "text")
    if failures:
        return 2
    return 1 if verdict.broken_promises else 0


def verify_files(files: Sequence[Path], options: argparse.Namespace) -> Verdict:
    """Compare each file; ours is extracted for the version of Airflow that answered, unless `--airflow` says another."""
    from dagcheck.commands.workspace import Workspace
    from dagcheck.engine.veil import Veil
    from dagcheck.verify.ask import VerifyError
    from dagcheck.verify.verdict import judge, without_secrets

    asked = Workspace(config_path=options.config)
    version = ""
    loaded: dict[Path, Any] = {}
    try:
        for scope in asked.scopes(files):
            version, answers = load_scope(asked, scope, options.python)
            loaded.update(answers)
    except VerifyError as error:  # it ends with what the interpreter said, which may be anything of the files
        secrets = {secret for _, veil in _ours(asked, files).values() for secret in veil.secrets}
        raise VerifyError(Veil(secrets).text(str(error))) from None
    workspace = Workspace(config_path=options.config, airflow=options.airflow or ".".join(version.split(".")[:2]))
    ours = _ours(workspace, files)
    verdict = judge(version, [ours[path][0].model_dump(mode="json") for path in files], [loaded[path] for path in files])
    return without_secrets(verdict, {file.path: veil for file, veil in ours.values()})


def _ours(workspace: Workspace, files: Sequence[Path]) -> dict[Path, tuple[File, Veil]]:
    """What we make of each file, and what hides its secrets."""
    from dagcheck.commands.workspace import each_file, in_time
    from dagcheck.engine.examine import extract_file
    from dagcheck.engine.redact import secret_rules, veil_of
    from dagcheck.rule import FileContext

    rules = secret_rules()
    found = {}
    for scope in workspace.scopes(files):
        for path, sources in each_file(workspace, scope):
            file = in_time(path, sources, scope, partial(extract_file, path, sources, scope.target))
            found[path] = file, veil_of(file, FileContext(file, sources, scope.setting), rules, scope.target)
    return found


def load_scope(workspace: Workspace, scope: Scope, python: Path) -> tuple[str, dict[Path, Any]]:
    """What Airflow makes of the files of one configuration; files that share their roots are loaded together."""
    from dagcheck.evaluate.stdlib.working_directory import settled_by
    from dagcheck.evaluate.values import first_of
    from dagcheck.verify.ask import ask

    batches: dict[tuple[Path, ...], list[Path]] = {}
    for path in scope.files:
        batches.setdefault(workspace.finder.roots(path, scope.configuration), []).append(path)
    variables = {f"AIRFLOW_VAR_{name.upper()}": as_variable(value) for name, value in scope.configuration.variables.items()}
    version = ""
    loaded: dict[Path, Any] = {}
    for roots, batch in batches.items():
        directory = first_of(scope.target.directory, settled_by(workspace.sources(batch[0], scope.configuration)))
        answer = ask(python, batch, roots, {**scope.configuration.env, **variables}, directory=directory)
        version = answer.airflow
        loaded.update(zip(batch, answer.files, strict=True))
    return version, loaded


def as_variable(value: object) -> str:
    """A configured Variable as Airflow reads it from the environment."""
    return value if isinstance(value, str) else json.dumps(value)
