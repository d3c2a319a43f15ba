"""What the secret rules share: each tells of the secrets that belong to its code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from dagcheck.model.values import Span
from dagcheck.records import replace
from dagcheck.rule import Finding, Rule

if TYPE_CHECKING:
    from dagcheck.model.dag import File
    from dagcheck.rule.context import FileContext
    from dagcheck_rules.security._detection.find import Secret


class _SecretRule(Rule):
    """Findings on the secrets of one code. `consequence` ends the message, `advice` is the help. Neither ever holds a value.

    In a module of tests what is a secret by its name alone, or the password of a database beside it, is mostly made up, and so only worth knowing.
    """

    consequence: ClassVar[str] = "everybody who can read the repository has it"
    advice: ClassVar[str] = ""

    def check_file(self, file: File, context: FileContext) -> Iterator[Finding]:
        from dagcheck_rules.security._detection.find import secrets

        source = context.source
        if source is None:
            return
        for secret in secrets(source):
            if secret.code == self.meta.code:
                finding = self._finding(secret, file.path)
                made_up = context.is_test and (not secret.shown or secret.shown.endswith("@localhost"))
                yield replace(finding, severity="info") if made_up else finding

    def _finding(self, secret: Secret, path: str) -> Finding:
        shown = f" ({secret.shown if '***' in secret.shown else secret.shown + '…'})" if secret.shown else ""
        message = f"{secret.what[0].upper()}{secret.what[1:]}{shown} {secret.where}: {self.consequence}."
        return Finding(message, Span(path, *secret.place), help=self.advice, subject=secret.subject or secret.what, secret=True)
