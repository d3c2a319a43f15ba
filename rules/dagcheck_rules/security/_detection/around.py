"""What surrounds a text.

Surroundings say nothing of the file that a text is in, and most of them are met again in the next one (`task_id` of `BashOperator`), so each is made, and its
names are read, once in a process.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from dagcheck.records import dataclass, replace
from dagcheck_rules.security._detection.facts import words
from dagcheck_rules.security._detection.names import PLAIN, Kind, Reading, reading
from dagcheck_rules.security._detection.rows import about_logins

_USUAL = 200
"""Longer names are no names, and are not remembered."""


@dataclass(eq=False)
class Around:
    """The names that an expression fills, innermost first, and its role.

    `inherited`: the innermost name belongs to a container of the value; `environment`: it becomes a process's environment; `default`: it holds where nothing
    else is given; `prose`: it is read by people; `docs`: it documents; `shell`, `sql`: it is a program's text; `compared`: it stands beside a comparison;
    `reference`: the place takes a name of a secret, not a secret; `row`: its place in a row of login data makes it a password.
    """

    names: tuple[str, ...] = ()
    callee: str = ""
    inherited: bool = False
    environment: bool = False
    default: bool = False
    prose: bool = False
    docs: bool = False
    shell: bool = False
    sql: bool = False
    compared: bool = False
    reference: bool = False
    row: bool = False

    def named(self, name: str) -> Around:
        """The same surroundings with one more name inside."""
        return _named(self, name) if len(name) <= _USUAL else _named.__wrapped__(self, name)

    def but(self, **changes: Any) -> Around:
        """The same surroundings with something else in them."""
        return _changed(self, **changes)

    @cached_property
    def name(self) -> str:
        """The innermost name that says something: `value`, `default` and their kin give way to the name around them."""
        return _first(self.names)

    @cached_property
    def meant(self) -> Reading:
        """How the name reads; less firmly where a container has it, the value is compared with it, or the name is further out."""
        return self._read()

    @cached_property
    def secret(self) -> bool:
        """Whether the name announces a secret."""
        return self._read().secret

    @cached_property
    def authenticates(self) -> bool:
        """Whether one of the two innermost names is that of a login."""
        return any(reading(name).kind is Kind.AUTH for name in self.names[:2])

    @cached_property
    def of_logins(self) -> bool:
        """Whether the names, or what is called, speak of connections or accounts."""
        return about_logins((*self.names, self.callee))

    def _read(self) -> Reading:
        if not self.names:
            return PLAIN
        name = _first(self.names)
        found = reading(name)
        if found is PLAIN:
            return self._outer() if len(self.names) > 1 else PLAIN
        if found.firm and (self.compared or self.inherited):
            return Reading(found.kind, firm=found.kind is Kind.PASSWORD and name.lower().endswith("words") and not self.compared)
        return found

    def _outer(self) -> Reading:
        """How a name further out reads: that of a table of secrets (`TOKENS = {"crm": …}`), or of what a default is for."""
        for name in self.names[1:3]:
            outer = reading(name)
            if outer.secret and (self.default or name.lower().endswith("s")):
                return Reading(outer.kind, firm=outer.kind is Kind.PASSWORD and name.lower().endswith("words"))
        return PLAIN


def _first(names: tuple[str, ...]) -> str:
    generic = words("names", "generic")
    for name in names:
        if name.lower() not in generic:
            return name
    return names[0] if names else ""


@functools.lru_cache(maxsize=8192)
def _named(around: Around, name: str) -> Around:
    lower = name.lower()
    return Around(  # by place, which takes half of the time
        (name, *around.names[:6]),
        around.callee,
        False,
        around.environment or lower in words("calls", "environment", "arguments"),
        around.default,
        around.prose or lower in _PROSE,
        around.docs or lower in _DOCS,
        around.shell,
        around.sql,
        around.compared,
        around.reference,
        around.row,
    )


@functools.lru_cache(maxsize=4096)
def _changed(around: Around, **changes: Any) -> Around:
    return replace(around, **changes)


NOTHING = Around()
"""Surroundings that say nothing."""
PROSE = Around(prose=True)
DOCSTRING = Around(prose=True, docs=True)

_DOCS = frozenset(["doc", "docs", "doc_md", "doc_rst", "doc_json", "doc_yaml", "doc_html"])
_PROSE = _DOCS | frozenset(
    [
        "description",
        "title",
        "help",
        "message",
        "msg",
        "subject",
        "html_content",
        "comment",
        "label",
        "tooltip",
        "summary",
        "notes",
        "reason",
        "section",
        "content",
        "display_name",
    ]
)


def is_docs(name: str) -> bool:
    """Whether an argument or attribute of this name is a DAG's or task's documentation."""
    return name.lower() in _DOCS


def beside(name: str, others: Iterable[str | None], around: Around) -> Around:
    """What a value fills under a name that stands beside others: a `key` beside an address or a `secret` is the key of an API, if it reads as one."""
    if name.lower() == "key" and not _ADDRESSES.isdisjoint(other.lower() for other in others if other):
        return around.named("api_key").but(inherited=True)
    return around.named(name)


_ADDRESSES = frozenset(["url", "uri", "host", "endpoint", "base_url", "baseurl", "api_url", "secret", "server", "site"])
