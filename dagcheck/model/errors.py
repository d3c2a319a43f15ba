"""The error that every stage's own error derives from."""

from __future__ import annotations


class ExplainedError(Exception):
    """The user can mend this: the message says what is wrong, where, and what to do. Anything else that is raised is a bug in dagcheck."""
