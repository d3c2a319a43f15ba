"""`dagcheck check --add-ignores`: a suppression comment with a reason for each finding, written once it is sure that nothing else changes."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

from dagcheck.commands.fixing import reason_to_leave
from dagcheck.commands.workspace import Workspace
from dagcheck.commands.writing import write_bytes
from dagcheck.engine.ignores import add_ignores
from dagcheck.engine.outcome import Outcome
from dagcheck.model.values import Span
from dagcheck.records import dataclass, field
from dagcheck.source.text import SourceError, parse, parse_text, read_regular

REASON = "known when dagcheck was adopted"
"""The reason that is written where none is given."""


@dataclass
class Ignoring:
    """What was written: how many findings are suppressed, in which files; and those that no comment could be placed for, or files left as they are."""

    suppressed: int = 0
    files: int = 0
    problems: list[str] = field(default_factory=list)


def ignore_findings(workspace: Workspace, outcome: Outcome, again: Callable[[], Outcome], reason: str) -> tuple[Ignoring, Outcome]:
    """Suppress the findings of an outcome by comments in the files, and return the outcome after that. Raises `WriteError`; then no file is changed."""
    ignoring = Ignoring()
    before: dict[Path, bytes] = {}
    by_path: dict[str, list[tuple[str, Span]]] = {}
    for told in outcome.findings:
        by_path.setdefault(told.finding.span.path, []).append((told.finding.code, told.finding.span))
    for shown, findings in by_path.items():
        path = workspace.locate(shown)
        try:
            data = read_regular(path)
            workspace.texts[path] = _commented(data, shown, path, findings, reason, ignoring)
            before[path] = data
        except SourceError as error:
            ignoring.problems.append(f"{shown}: no comment can be put into it: it {error.message}; use a baseline for it")
    workspace.forget_sources()
    after = again()
    _write(workspace, before, ignoring)
    ignoring.suppressed = len(outcome.findings) - len(after.findings)
    return ignoring, after


def _commented(data: bytes, shown: str, path: Path, findings: list[tuple[str, Span]], reason: str, ignoring: Ignoring) -> bytes:
    """The file's bytes with comments; as they were where its meaning would change."""
    source = parse(data, shown, path)
    commented = add_ignores(source, findings, reason)
    if not source.lowered and ast.dump(parse_text(commented.text)) != ast.dump(source.tree):
        raise SourceError("hostile", "would mean something else with comments")
    ignoring.problems += [f"{shown}:{line}: no place for a comment about {code}; use a baseline for it" for code, line in commented.left]
    return commented.text.encode(source.encoding)


def _write(workspace: Workspace, before: dict[Path, bytes], ignoring: Ignoring) -> None:
    ready = {}
    for path, data in before.items():
        problem = reason_to_leave(path, data)
        if problem is not None:
            ignoring.problems.append(f"{workspace.show(path)}: {problem}; it was left as it is")
        elif workspace.texts[path] != data:
            ready[path] = workspace.texts[path]
    write_bytes(ready)
    ignoring.files = len(ready)
