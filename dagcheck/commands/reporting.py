"""An outcome told: the report to its stream or file, notes and errors to the other stream."""

from __future__ import annotations

import argparse
import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING

from dagcheck.commands.writing import write_text
from dagcheck.engine.redact import careful, secret_rules
from dagcheck.report.formats import Look, load_report
from dagcheck.report.summary import coverage, statistics, tally
from dagcheck.report.terminal import Paint, Terminal

if TYPE_CHECKING:
    from dagcheck.commands.workspace import Workspace
    from dagcheck.engine.outcome import Outcome


def report(options: argparse.Namespace, workspace: Workspace, outcome: Outcome, fail_on: str) -> None:
    """Write the report as the options say. Raises `WriteError` where its file can't be written; then the file is as it was."""
    terminal: Terminal = options.terminal
    terminal.behind = workspace.veil.text
    for note in outcome.notes:
        terminal.note(note)
    form = load_report(options.format)
    paint = terminal.paint if options.output is None else Paint(False)
    look = Look(
        paint,
        SourceLines(workspace, outcome),
        options.statistics,
        not options.quiet,
        CheckoutPaths(workspace),
        fail_on,
        datetime.datetime.now(datetime.UTC),
    )
    lines = form.render(outcome, look)
    if options.output is None:
        for line in lines:
            terminal.write(line, form.kind)
    else:
        write_text(options.output, "".join(terminal.behind(f"{line}\n") for line in lines))
    if not form.tells_summary:
        for line in statistics(outcome) if options.statistics else ():
            terminal.note(line)
    if not form.tells_summary or options.output is not None:
        terminal.note(f"{coverage(outcome)} {tally(outcome, terminal.paint_notes)}")
    tell_problems(terminal, outcome)


def tell_problems(terminal: Terminal, outcome: Outcome) -> None:
    """Say what could not be looked at, and which rules crashed."""
    for failure in outcome.failures:
        terminal.error(failure)
    for crash in outcome.crashes:
        terminal.error(f"{crash.rule} crashed on {crash.path or 'the project'}: {crash.error}\n{crash.trace.rstrip()}")


class CheckoutPaths:
    """Turns shown paths into paths relative to the root of the git repository that the workspace's base is in; others stay as they are."""

    def __init__(self, workspace: Workspace) -> None:
        self.base = workspace.base
        self.root = workspace.finder.repository(workspace.base)

    def __call__(self, path: str) -> str:
        absolute = Path(os.path.normpath(self.base / path))
        if self.root is None or not absolute.is_relative_to(self.root):
            return path
        return absolute.relative_to(self.root).as_posix()


class SourceLines:
    """Source lines for reports: none of a file that can't be read, and none that holds a secret."""

    def __init__(self, workspace: Workspace, outcome: Outcome) -> None:
        self.workspace, self.hidden = workspace, outcome.hidden_lines
        self.cached: dict[str, list[str]] = {}
        self.rules = secret_rules()

    def __call__(self, path: str, number: int) -> str | None:
        if number in self.hidden.get(path, ()):
            return None
        if path not in self.cached:
            self.cached[path] = self.workspace.lines(path)
        lines = self.cached[path]
        line = lines[number - 1] if 0 < number <= len(lines) else None
        return None if line is None or careful(line, self.rules) != line else line
