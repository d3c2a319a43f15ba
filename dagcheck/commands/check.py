"""`dagcheck check`: find what is wrong, and mend what can be mended."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagcheck.commands.arguments import add_output, add_paths, add_quiet, codes, jobs
from dagcheck.report.formats import FORMATS
from dagcheck.witness import current

if TYPE_CHECKING:
    from dagcheck.commands.checking import Checking
    from dagcheck.engine.outcome import Outcome


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """The options of `check`."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "check", help="find what is wrong in DAG files", description="Find what is wrong in DAG files."
    )
    add_paths(parser)
    _add_choice(parser)
    parser.add_argument("--format", choices=FORMATS, default="full", help="default: full")
    add_output(parser)
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "info"),
        help="the least severity that makes the exit status 1; default: as configured, else warning",
    )
    parser.add_argument("--statistics", action="store_true", help="add how many findings each rule has")
    _add_changes(parser)
    _add_adoption(parser)
    parser.add_argument(
        "--with-project",
        action="store_true",
        help="judge what spans files on the whole configured DAG folder; report what touches the given files",
    )
    parser.add_argument(
        "--stdin-filename", type=Path, metavar="NAME", help="with - as PATH: the name of the file whose text comes from standard input"
    )
    parser.add_argument(
        "--jobs", type=jobs, metavar="N", help="how many processes look at files; default: as many as there are processors, where that pays"
    )
    parser.add_argument("--no-cache", action="store_true", help="take nothing from earlier runs, and leave nothing for later ones")
    add_quiet(parser)
    return parser


def _add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--select",
        type=codes,
        action="append",
        metavar="CODES",
        help="only these rules: codes, prefixes such as DAG1, or names, separated by commas",
    )
    parser.add_argument("--extend-select", type=codes, action="append", metavar="CODES", help="these rules, too")
    parser.add_argument("--ignore", type=codes, action="append", metavar="CODES", help="not these rules")


def _add_changes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fix", action="store_true", help="mend what can be mended safely, and report the rest")
    parser.add_argument("--unsafe-fixes", action="store_true", help="with --fix or --diff: also make fixes that may change what a DAG does")
    parser.add_argument("--diff", action="store_true", help="show what --fix would change, and change nothing")


def _add_adoption(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE", help="findings in this file are known and do not count; default: as configured"
    )
    parser.add_argument("--write-baseline", type=Path, metavar="FILE", help="take today's findings as known: write them to this file")
    parser.add_argument("--add-ignores", action="store_true", help="suppress today's findings by comments in the files")
    parser.add_argument("--reason", metavar="TEXT", help="with --add-ignores: the reason that the comments give")
    parser.add_argument(
        "--changed-since",
        metavar="REV",
        help="report only on files that changed since a git revision, and on what the change breaks elsewhere",
    )


def run(options: argparse.Namespace) -> int:
    """Check, report, and return the exit status."""
    from dagcheck.commands.checking import Checking

    checking = Checking(options)
    if options.write_baseline is not None:
        return _write_baseline(checking)
    if options.add_ignores:
        return _add_ignores(checking)
    if options.diff:
        return _show_diff(checking)
    if options.fix:
        return _fix(checking)
    outcome = checking.judge()
    status = _tell(checking, outcome)
    _record(checking, outcome, status)
    return status


def exit_status(outcome: Outcome, fail_on: str) -> int:
    """2 if something could not be looked at or a rule crashed, else 1 if there are findings at or above the failing severity, else 0."""
    return 2 if outcome.is_broken else int(bool(outcome.at_least(fail_on)))


def _tell(checking: Checking, outcome: Outcome) -> int:
    from dagcheck.commands.reporting import report

    report(checking.options, checking.workspace, outcome, checking.fail_on)
    return exit_status(outcome, checking.fail_on)


def _record(checking: Checking, outcome: Outcome, status: int) -> None:
    """Leave what was said for a run that asks the same, where that would be the same answer."""
    run, options, seen = checking.options.cached_run, checking.options, current()
    if run is None or seen is None:
        return
    changing = options.output is not None or options.changed_since is not None or checking.workspace.texts
    program = checking.program
    if outcome.is_broken or not outcome.keepable or changing or program is None:
        run.forget()
        return
    program.tell(seen)
    run.record(status, _said(checking, outcome), seen)


def _said(checking: Checking, outcome: Outcome) -> list[tuple[int, str]]:
    """What went to standard output (1) and to standard error (0), with gaps where the duration and the time stand."""
    from dagcheck.cache.runs import DURATION, MOMENT, SECONDS

    said = [(int(result), text) for result, text in checking.terminal.told]
    if checking.options.format == "json":
        said = _with_gap(said, '"duration_ms": ', ",", DURATION)
    if checking.options.format == "junit":
        said = _with_gap(_with_gap(said, ' hostname="localhost" time="', '"', SECONDS), ' timestamp="', '"', MOMENT)
    return said


def _with_gap(said: list[tuple[int, str]], before: str, after: str, gap: int) -> list[tuple[int, str]]:
    """What was said with a gap in the first place on standard output between two texts."""
    for number, (stream, text) in enumerate(said):
        start, found, rest = text.partition(before)
        if stream == 1 and found:
            _, found, end = rest.partition(after)
            return [*said[:number], (1, start + before), (gap, ""), (1, found + end), *said[number + 1 :]]
    return said


def _write_baseline(checking: Checking) -> int:
    from dagcheck.commands.baselines import write_baseline
    from dagcheck.commands.reporting import tell_problems

    outcome = checking.judge()
    tell_problems(checking.terminal, outcome)
    if outcome.is_broken:
        checking.terminal.error(f"{checking.options.write_baseline} was not written, because not everything could be looked at")
        return 2
    count = write_baseline(checking.workspace, checking.options.write_baseline, outcome)
    checking.terminal.note(
        f"{count:,} {'finding is' if count == 1 else 'findings are'} known from now on, in {checking.options.write_baseline}."
    )
    return 0


def _add_ignores(checking: Checking) -> int:
    from dagcheck.commands.ignoring import REASON, ignore_findings

    ignoring, outcome = ignore_findings(checking.workspace, checking.judge(), checking.judge, checking.options.reason or REASON)
    findings = "finding is" if ignoring.suppressed == 1 else "findings are"
    files = "file" if ignoring.files == 1 else "files"
    checking.terminal.note(f"{ignoring.suppressed:,} {findings} suppressed by comments in {ignoring.files:,} {files}.")
    for problem in ignoring.problems:
        checking.terminal.error(problem)
    return max(_tell(checking, outcome), 2 if ignoring.problems else 0)


def _show_diff(checking: Checking) -> int:
    from dagcheck.commands.fixing import fix_files
    from dagcheck.commands.reporting import tell_problems
    from dagcheck.commands.writing import write_text

    outcome = checking.judge()
    checking.terminal.behind = checking.workspace.veil.text
    fixing = fix_files(checking.workspace, outcome, checking.judge, unsafe=checking.options.unsafe_fixes)
    for problem in fixing.problems:
        checking.terminal.error(problem)
    lines = list(fixing.diff(outcome.hidden_lines))
    if checking.options.output is not None:
        write_text(checking.options.output, "".join(checking.workspace.veil.text(f"{line}\n") for line in lines))
    else:
        for line in lines:
            checking.terminal.write(line)
    tell_problems(checking.terminal, outcome)
    checking.terminal.note(fixing.summary("would be"))
    return 2 if fixing.problems or outcome.is_broken else int(bool(fixing.changed))


def _fix(checking: Checking) -> int:
    from dagcheck.commands.fixing import fix_files, write_fixed

    fixing = fix_files(checking.workspace, checking.judge(), checking.judge, unsafe=checking.options.unsafe_fixes)
    problems = [*fixing.problems, *write_fixed(fixing)]
    outcome = fixing.outcome if not problems else checking.judge_disk()
    for problem in problems:
        checking.terminal.error(problem)
    checking.terminal.note(fixing.summary("were"))
    return max(_tell(checking, outcome), 2 if problems else 0)
