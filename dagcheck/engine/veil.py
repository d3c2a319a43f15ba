"""Texts that nobody may see, taken out of whatever may hold them: messages, ids, values and whole models, as they are or in the usual disguises."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from dagcheck.digests import blake2b
from dagcheck.model.values import FunctionRef, Span
from dagcheck.model.visible import visible

MASK = "***"
SHORTEST = 3
_DISTINCT = 8
"""A shorter secret could be a part of a usual id."""
_PART = 20
"""Each line of a secret that is at least so long is a secret itself."""
_WORD = re.compile(r"(?=[A-Za-z_]*\d)\w{12,}")
"""A word that is a part of a secret is a secret, too: who reads one as code, such as a template's parser, quotes words of it."""

_IDS = frozenset(
    [
        "dag_id",
        "task_id",
        "group_id",
        "parent",
        "group",
        "upstream",
        "downstream",
        "label",
        "via_group",
        "task_ids",
        "external_dag_id",
        "edges",
        "cycle",
        "dag_ids",
        "target",
    ]
)
_WORDS = frozenset(
    [
        "path",
        "reads",
        "how",
        "kind",
        "style",
        "cause",
        "origin",
        "operator",
        "module",
        "bases",
        "template_fields",
        "argument",
        "line",
        "column",
        "severity",
    ]
)
"""Fields whose texts are ours, or names of code and files."""
_TEXTS = frozenset(["code", "message", "error", "reason", "text", "trace", "help", "subject", "title", "codes"])


class Veil:
    """Hides secrets. `place` is the file that they are of: it keeps hidden ids of different files apart. False where there is none."""

    def __init__(self, secrets: Iterable[str] = (), place: str = "") -> None:
        self.secrets = frozenset(part for secret in secrets for part in _parts_of(secret))
        self._place = place

    def __bool__(self) -> bool:
        return bool(self.secrets)

    def plus(self, more: Iterable[str]) -> Veil:
        """One that hides more."""
        return Veil((*self.secrets, *more), self._place)

    def holds(self, text: str) -> bool:
        """Whether a text gives a secret away."""
        return any(form in text and (bounds is None or bounds.search(text)) for form, bounds in self._forms) or (
            bool(self.secrets) and any(self._is_part(word) for word in _WORD.findall(text))
        )

    def text(self, text: str) -> str:
        """The text with `***` for each secret in it."""
        for form, bounds in self._forms:
            if form in text:
                text = text.replace(form, MASK) if bounds is None else bounds.sub(MASK, text)
        return _WORD.sub(lambda word: MASK if self._is_part(word.group()) else word.group(), text) if self.secrets else text

    def _is_part(self, word: str) -> bool:
        return any(word in secret for secret in self.secrets)

    def id(self, text: str) -> str:
        """An id with a mark for each secret in it that is no usual word: the same for the same secret in a file, another one in another."""
        for secret in self._distinct:
            if secret in text:
                text = text.replace(secret, self._mark(secret))
        return text

    def whole(self, value: Any) -> Any:
        """The value with `***` for each text in it that holds a secret."""
        return self._of(value, "")

    @cached_property
    def _forms(self) -> list[tuple[str, re.Pattern[str] | None]]:
        """The longest first; a short word counts only where it stands alone."""
        forms = sorted({form for secret in self.secrets for form in _forms_of(secret)}, key=lambda form: (-len(form), form))
        return [(form, re.compile(rf"(?<!\w){form}(?!\w)") if len(form) < _DISTINCT and form.isalnum() else None) for form in forms]

    @cached_property
    def _distinct(self) -> list[str]:
        """The longest first."""
        distinct = {secret for secret in self.secrets if _is_distinct(secret)}
        return sorted(distinct, key=lambda secret: (-len(secret), secret))

    def _mark(self, secret: str) -> str:
        place = blake2b(self._place.encode("utf-8", "surrogatepass"), digest_size=2).hexdigest()
        return f"{MASK}{self._distinct.index(secret) + 1}-{place}"

    def _of(self, value: Any, name: str) -> Any:
        if isinstance(value, str):
            return self._of_text(value, name)
        if isinstance(value, bytes):
            return MASK.encode() if self.holds(value.decode("latin-1")) or self.holds(value.decode("utf-8", "replace")) else value
        if value is None or isinstance(value, int | float | Span | FunctionRef) or name in _WORDS:
            return value
        if isinstance(value, dict):
            return {self._of(key, name) if isinstance(key, str) else key: self._of(item, name) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset) and type(value) in (list, tuple, set, frozenset):
            return type(value)(self._of(item, name) for item in value)
        import dataclasses

        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = [field.name for field in dataclasses.fields(value) if field.init]
            return dataclasses.replace(value, **{field: self._of(getattr(value, field), field) for field in fields})
        kind = type(value)
        names = getattr(kind, "field_types", None) or getattr(kind, "model_fields", None)
        return value if names is None else value.model_copy(update={field: self._of(getattr(value, field), field) for field in names})

    def _of_text(self, text: str, name: str) -> str:
        if name in _WORDS:
            return text
        if name in _IDS:
            return self.id(text)
        if name in _TEXTS:
            return self.text(text)
        return MASK if self.holds(text) else text


class OneLine(Veil):
    """Hides nothing, but spells out what a terminal would obey and what would begin a line of its own, for texts that people read."""

    def _of_text(self, text: str, name: str) -> str:
        return visible(text)


def _is_distinct(secret: str) -> bool:
    return len(secret) >= 2 * _DISTINCT or (len(secret) >= _DISTINCT and bool(re.search(r"\d", secret) and re.search("[A-Za-z]", secret)))


def _parts_of(secret: str) -> Iterator[str]:
    if len(secret) >= SHORTEST:
        yield secret
    if "\n" in secret or "\\n" in secret:
        yield from (line for line in re.split(r"\\n|\n", secret) if len(line) >= _PART)


def _forms_of(secret: str) -> Iterator[str]:
    """A secret as it is, and as it may be written."""
    yield secret
    yield from (json.dumps(secret)[1:-1], ascii(secret)[1:-1], repr(secret)[1:-1])
    if len(secret) < _DISTINCT:
        return
    from urllib.parse import quote  # only where there is a secret

    yield from (quote(secret, safe=""), quote(secret), _in_markup(secret))
    data = secret.encode("utf-8", "surrogatepass")
    yield data.hex()
    for before in range(3):
        core = _base64_core(data, before)
        yield from (core, core.replace("+", "-").replace("/", "_"))


def _in_markup(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _base64_core(data: bytes, before: int) -> str:
    """What is in the base64 of any text that holds the data after so many bytes, modulo three: the letters that no neighbour has a part in."""
    end = (before + len(data)) // 3 * 3 - before
    start = -before % 3
    return base64.b64encode(data[start:end]).decode()
