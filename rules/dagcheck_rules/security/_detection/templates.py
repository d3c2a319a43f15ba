"""Secrets as defaults inside Jinja templates: `{{ params.password | default('…') }}`, `{{ var.value.get('token', '…') }}`."""

from __future__ import annotations

from collections.abc import Iterator

from dagcheck.patterns import late
from dagcheck_rules.security._detection.match import Match
from dagcheck_rules.security._detection.names import reading
from dagcheck_rules.security._detection.values import is_secret

_BLOCK = late(r"\{\{[^{}]{1,600}\}\}|\{%[^{}]{1,600}%\}")
_VALUE = r"""(?P<quote>['"])(?P<value>[^'"]{3,300})(?P=quote)"""
_NAME = r"(?P<name>[\w.\-]{2,80})"
_FORMS = (
    late(_NAME + r"""['"]?\]?\)?\s{0,4}\|\s{0,4}(?:default|d)\s{0,4}\(\s{0,4}(?:default_value\s{0,2}=\s{0,2})?""" + _VALUE),
    late(r"""\.(?:get|pop)\(\s{0,4}['"]""" + _NAME + r"""['"]\s{0,4},\s{0,4}(?:\w{1,20}\s{0,2}=\s{0,2})?""" + _VALUE),
    late(r"\bset\s{1,4}" + _NAME + r"\s{0,4}=\s{0,4}" + _VALUE),
    late(_NAME + r"\s{1,4}or\s{1,4}" + _VALUE),
)


def in_templates(text: str) -> Iterator[Match]:
    """Secrets that a template falls back to or sets."""
    if "{{" not in text and "{%" not in text:
        return
    for block in _BLOCK.finditer(text):
        inside = block.group()
        for form in _FORMS if "'" in inside or '"' in inside else ():
            for found in form.finditer(inside):
                meant = reading(found.group("name"))
                if meant.secret and is_secret(found.group("value"), meant):
                    start = block.start() + found.start("value")
                    end = start + len(found.group("value"))
                    yield Match(start, end, f"{meant.kind.value} in a template", "DAG405", name=found.group("name"))
