"""Ruff's rules in a check: started before our own work, joined after it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dagcheck.commands.choosing import Chosen
from dagcheck.commands.keeping import Keeper
from dagcheck.commands.workspace import Scope, Workspace
from dagcheck.engine.migration.known import AirRule
from dagcheck.engine.migration.run import RuffRun, told_as
from dagcheck.engine.redact import careful, in_names, secret_rules
from dagcheck.records import replace
from dagcheck.rule import Finding


class Migration:
    """Ruff at work on the files that somebody asked for, in the scopes in which one of its rules runs; nothing is started where none does.

    What a `keeper` knows is not asked again. Raises `RuffError`.
    """

    def __init__(
        self, workspace: Workspace, scopes: Sequence[tuple[Scope, Chosen]], asked: set[Path], keeper: Keeper | None = None
    ) -> None:
        self._shown = {
            path: workspace.show(path)
            for scope, chosen in scopes
            if any(isinstance(selected.rule, AirRule) for selected in chosen.running)
            for path in scope.files
            if path in asked
        }
        self._workspace = workspace
        self._lines: dict[Path, list[str]] = {}
        self._keeper = keeper
        self._known = {} if keeper is None else keeper.ruff(list(self._shown))
        self._asked = [path for path in self._shown if path not in self._known]
        self._run = RuffRun(self._asked, workspace.texts) if self._asked else None
        self._found: dict[Path, Sequence[Finding]] | None = None

    def findings(self, files: Sequence[Path], chosen: Chosen) -> list[Finding]:
        """What the chosen rules of ruff say of the files, in order. Waits for ruff."""
        found = self._taken()
        named = {
            selected.rule.meta.code: (selected.rule.meta.name, selected.severity or selected.rule.meta.severity)
            for selected in chosen.running
            if isinstance(selected.rule, AirRule)
        }
        return [finding for path in files for finding in told_as(found.get(path, ()), named)]

    def take(self) -> None:
        """Take what ruff found if it has ended, which spares the time later."""
        if self._run is not None and self._run.has_ended:
            self._taken()

    def _taken(self) -> dict[Path, Sequence[Finding]]:
        if self._found is None:
            told = {} if self._run is None else self._run.findings(self._shown)
            without_secrets = _Careful()
            new = {path: [self._checked(without_secrets(finding), path) for finding in found] for path, found in told.items()}
            self._found = {**self._known, **new}
            if self._keeper is not None:
                self._keeper.keep_ruff([path for path in self._asked if not in_names([str(path)])], new)
        return self._found

    def _checked(self, finding: Finding, path: Path) -> Finding:
        """The finding without a fix that does not mend it: where a name is used as an attribute (`airflow.DAG`), ruff adds an import and leaves the use as it is."""
        if finding.fix is None:
            return finding
        if path not in self._lines:
            self._lines[path] = self._workspace.lines(self._shown[path])
        number = finding.span.line
        line = self._lines[path][number - 1] if number <= len(self._lines[path]) else ""
        if not line[: finding.span.column - 1].endswith("."):
            return finding
        here = [edit for edit in finding.fix.edits if edit.span.line == edit.span.end_line == number]
        changes = any(edit.text != line[edit.span.column - 1 : edit.span.end_column - 1] for edit in here)
        return finding if changes else replace(finding, fix=None)

    def __enter__(self) -> Migration:
        return self

    def __exit__(self, *error: object) -> None:
        if self._run is not None:
            self._run.close()


class _Careful:
    """Findings without the secrets that ruff quotes. It says the same of many files: each message is looked through once."""

    def __init__(self) -> None:
        self._messages: dict[str, str] = {}

    def __call__(self, finding: Finding) -> Finding:
        message = finding.message
        if '"' not in message:
            return finding
        if message not in self._messages:
            self._messages[message] = careful(message, secret_rules())
        return finding if self._messages[message] == message else replace(finding, message=self._messages[message])
