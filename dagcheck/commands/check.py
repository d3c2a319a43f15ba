"""`dagcheck check`: find what is wrong, and mend what can be mended."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagcheck.commands.arguments import add_output, add_paths, add_quiet, codes
from dagcheck.model.errors import ExplainedError
from dagcheck.report.formats import FORMATS

if TYPE_CHECKING:
    from dagcheck.commands.workspace import Workspace
    from dagcheck.engine.outcome import Outcome
    from dagcheck.report.terminal import Terminal

STDIN = Path("-")


class UsageError(ExplainedError):
    """Options that do not go together; the message says which."""


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """The options of `check`."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "check", help="find what is wrong in DAG files", description="Find what is wrong in DAG files."
    )
    add_paths(parser)
    parser.add_argument(
        "--select",
        type=codes,
        action="append",
        metavar="CODES",
        help="only these rules: codes, prefixes such as DAG1, or names, separated by commas",
    )
    parser.add_argument("--extend-select", type=codes, action="append", metavar="CODES", help="these rules, too")
    parser.add_argument("--ignore", type=codes, action="append", metavar="CODES", help="not these rules")
    parser.add_argument("--format", choices=FORMATS, default="full", help="default: full")
    add_output(parser)
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "info"),
        help="the least severity that makes the exit status 1; default: as configured, else warning",
    )
    parser.add_argument("--fix", action="store_true", help="mend what can be mended safely, and report the rest")
    parser.add_argument("--unsafe-fixes", action="store_true", help="with --fix or --diff: also make fixes that may change what a DAG does")
    parser.add_argument("--diff", action="store_true", help="show what --fix would change, and change nothing")
    parser.add_argument("--statistics", action="store_true", help="add how many findings each rule has")
    parser.add_argument(
        "--with-project",
        action="store_true",
        help="judge what spans files on the whole configured DAG folder; report what touches the given files",
    )
    parser.add_argument(
        "--stdin-filename", type=Path, metavar="NAME", help="with - as PATH: the name of the file whose text comes from standard input"
    )
    add_quiet(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Check, report, and return the exit status."""
    from dagcheck.commands.fixing import fix_files
    from dagcheck.commands.judging import Choice, judge

    terminal: Terminal = options.terminal
    workspace, paths = _workspace(options)
    choice = Choice(_joined(options.select), _joined(options.extend_select) or (), _joined(options.ignore) or ())
    outcome = judge(workspace, paths, choice, with_project=options.with_project)
    if options.fix or options.diff:
        fixing = fix_files(
            workspace, outcome, lambda: judge(workspace, paths, choice, with_project=options.with_project), unsafe=options.unsafe_fixes
        )
        for problem in fixing.problems:
            terminal.error(problem)
        if options.diff:
            for text in fixing.diff(outcome.hidden_lines):
                terminal.write(text.rstrip("\n"))
            terminal.note(fixing.summary("would be"))
            return 2 if fixing.problems or _is_broken(outcome) else int(bool(fixing.changed))
        _write_fixed(options, fixing.changed)
        outcome = fixing.outcome
        terminal.note(fixing.summary("were"))
        if fixing.problems:
            _report(options, workspace, outcome)
            return 2
    _report(options, workspace, outcome)
    return exit_status(outcome, options.fail_on or _fail_on(workspace, paths))


def exit_status(outcome: Outcome, fail_on: str) -> int:
    """2 if something could not be looked at or a rule crashed, else 1 if there are findings at or above the failing severity, else 0."""
    return 2 if _is_broken(outcome) else int(bool(outcome.at_least(fail_on)))


def _is_broken(outcome: Outcome) -> bool:
    return bool(outcome.failures or outcome.crashes)


def _workspace(options: argparse.Namespace) -> tuple[Workspace, Sequence[Path]]:
    from dagcheck.commands.workspace import Workspace

    paths: list[Path] = list(options.paths)
    if options.stdin_filename is not None and STDIN not in paths:
        raise UsageError("--stdin-filename needs - as the path")
    if options.unsafe_fixes and not (options.fix or options.diff):
        raise UsageError("--unsafe-fixes needs --fix or --diff")
    texts: dict[Path, bytes] = {}
    if STDIN in paths:
        if options.fix:
            raise UsageError("--fix can't change standard input; use --diff")
        name = options.stdin_filename or Path("stdin.py")
        texts[name] = sys.stdin.buffer.read()
        paths = [name if path == STDIN else path for path in paths]
    return Workspace(config_path=options.config, airflow=options.airflow, texts=texts), paths


def _report(options: argparse.Namespace, workspace: Workspace, outcome: Outcome) -> None:
    from dagcheck.report.formats import Look, load_report
    from dagcheck.report.summary import coverage, tally
    from dagcheck.report.terminal import Paint

    terminal: Terminal = options.terminal
    for note in outcome.notes:
        terminal.note(note)
    report = load_report(options.format)
    paint = terminal.paint if options.output is None else Paint(False)
    look = Look(paint, _Lines(workspace, outcome), options.statistics, not options.quiet)
    lines = report.render(outcome, look)
    if options.output is None:
        for line in lines:
            terminal.write(line)
    else:
        options.output.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    if not report.tells_summary or options.output is not None:
        terminal.note(f"{coverage(outcome)} {tally(outcome, terminal.paint_notes)}")
    for failure in outcome.failures:
        terminal.error(failure)
    for crash in outcome.crashes:
        terminal.error(f"rule {crash.rule} crashed on {crash.path or 'the project'}: {crash.error}\n{crash.trace.rstrip()}")


class _Lines:
    """Source lines for reports: none of a file that can't be read, and none that holds a secret."""

    def __init__(self, workspace: Workspace, outcome: Outcome) -> None:
        self.workspace, self.hidden = workspace, outcome.hidden_lines
        self.cached: dict[str, list[str]] = {}

    def __call__(self, path: str, number: int) -> str | None:
        if number in self.hidden.get(path, ()):
            return None
        if path not in self.cached:
            self.cached[path] = self.workspace.lines(path)
        lines = self.cached[path]
        return lines[number - 1] if 0 < number <= len(lines) else None


def _write_fixed(options: argparse.Namespace, changed: dict[Path, bytes]) -> None:
    from dagcheck.commands.fixing import write_atomically

    for path, data in changed.items():
        write_atomically(path, data)


def _fail_on(workspace: Workspace, paths: Sequence[Path]) -> str:
    """The failing severity of the configuration that holds for the first path."""
    first = workspace.base / paths[0] if paths else workspace.base
    return workspace.finder.configuration(first).fail_on


def _joined(given: list[tuple[str, ...]] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(chain.from_iterable(given))
