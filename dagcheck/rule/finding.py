"""What a rule says: a finding with its place, related places and, where one is safe to make, a fix."""

from __future__ import annotations

from typing import Literal

from dagcheck.model.values import Span
from dagcheck.records import dataclass, field

Severity = Literal["error", "warning", "info"]
Safety = Literal["safe", "unsafe"]
SAFETIES: dict[str, Safety] = {"safe": "safe", "unsafe": "unsafe"}


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of `span` by `text`; an empty span inserts."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend a finding together. `safe`: the DAG means what its author meant, and nothing else changes."""

    title: str
    edits: tuple[Edit, ...]
    safety: Safety = "safe"


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to the finding."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `message` says what and why it matters in one or two sentences; `help` says how to mend it.

    `code`, `name` and `severity` are filled in by the engine from the rule unless the rule sets a severity of its own.
    `subject` is what the fingerprint is made of beside the code, path and DAG: something that survives line shifts (an id, an argument's name). Never a secret.
    `secret` says that the flagged lines hold a secret: reporters must not show the text of `span` or of related places, and neither the text nor a digest of it may go
    into a fingerprint, a cache or a log.
    `cycle` are the ids of a circle in order, from which reports draw it; the last one leads back to the first.
    """

    message: str
    span: Span
    help: str = ""
    dag_id: str | None = None
    task_id: str | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    severity: Severity | None = None
    subject: str = ""
    secret: bool = False
    cycle: tuple[str, ...] = ()
    code: str = field(default="", compare=False)
    name: str = field(default="", compare=False)

    def told_by(self, code: str, name: str, severity: Severity) -> Finding:
        """The same as a finding of a rule, with this severity. Many are made in a run, so every field is written out."""
        return Finding(
            self.message,
            self.span,
            self.help,
            self.dag_id,
            self.task_id,
            self.related,
            self.fix,
            severity,
            self.subject,
            self.secret,
            self.cycle,
            code,
            name,
        )
