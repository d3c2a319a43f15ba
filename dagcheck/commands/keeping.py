"""What earlier runs found of single files, of ruff's rules and of the project as a whole, taken up where nothing that it rests on has changed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dagcheck import witness
from dagcheck.cache.program import Program
from dagcheck.cache.store import Entry, Store
from dagcheck.engine.examine import Examiner, Piece, Plan
from dagcheck.engine.examined import Examined, PackedModel
from dagcheck.engine.judge import Judged
from dagcheck.engine.outcome import hidden_lines
from dagcheck.engine.packing import PackError, UnpackError, pack, unpack, unpack_file
from dagcheck.records import replace
from dagcheck.rule import Finding, Fix
from dagcheck.witness import Stat, Witness

if TYPE_CHECKING:
    from dagcheck.model.dag import File

_RACY_NS = 2_000_000_000


ProjectJudge = Callable[[], tuple[Judged, Mapping[str, str], Mapping[str, Stat]]]
"""Asks the project rules, and tells what they read on the way."""


class Keeper:
    """The entries of the cache that one run may use, and those that it adds. `program` is what gives the answers."""

    def __init__(self, store: Store, program: Program) -> None:
        self._store = store
        self._digest = program.digest
        self._new: dict[str, Entry] = {}
        self._began = time.time_ns()
        self._checked: dict[tuple[str, str], bool] = {}
        self._stats: dict[str, Stat] = {}

    def examine(self, examiner: Examiner, pieces: Sequence[Piece], work: Callable[[Sequence[Piece]], list[Examined]]) -> list[Examined]:
        """The pieces, examined: those that are known and have not changed are taken from the cache, the others go to `work`."""
        plans = [_named(plan) for plan in examiner.plans]
        keys = [self._key("file", plans[piece.plan], str(piece.roots), str(piece.path), _token(piece.path)) for piece in pieces]
        known = self._known(keys)
        found: list[Examined | None] = []
        for piece, key in zip(pieces, keys, strict=True):
            examined = known.get(key)
            again = partial(examiner.examine, piece)
            found.append(None if not isinstance(examined, Examined) else replace(examined, model=partial(self._model, key, again)))
        missed = [number for number, examined in enumerate(found) if examined is None]
        for number, examined in zip(missed, work([pieces[number] for number in missed]), strict=True):
            found[number] = self._keep(keys[number], examined)
        return [examined for examined in found if examined is not None]

    def project(self, plan: Plan, examined: Sequence[Examined], work: ProjectJudge) -> Judged:
        """What the project rules say of the files together; `work` asks them, and tells what they read on the way."""
        digests = [item.digest for item in examined]
        if None in digests:
            return work()[0]
        key = self._key("project", _named(plan), *(digest or "" for digest in digests))
        known = self._known([key]).get(key)
        if isinstance(known, Judged):
            return known
        judged, seen, stats = work()
        if not judged.crashes:
            self._put(key, judged, seen, stats)
        return judged

    def ruff(self, paths: Sequence[Path]) -> dict[Path, tuple[Finding, ...]]:
        """What ruff is known to say of files as they are now."""
        keys = {self._key("ruff", str(path), _token(path)): path for path in paths}
        return {keys[key]: value for key, value in self._known(list(keys)).items() if isinstance(value, tuple)}

    def keep_ruff(self, paths: Iterable[Path], found: dict[Path, list[Finding]]) -> None:
        """Keep what ruff says of files."""
        for path in paths:
            self._put(self._key("ruff", str(path), _token(path)), tuple(found.get(path, ())), {}, {})

    def flush(self) -> None:
        """Leave what is new for later runs."""
        self._store.put(self._new)
        self._new.clear()

    def _key(self, *parts: str) -> str:
        return witness.token_of("\0".join((self._digest, *parts)).encode("utf-8", "surrogatepass"))[1:]

    def _known(self, keys: Sequence[str]) -> dict[str, object]:
        """The values that are kept under keys and still hold."""
        found: dict[str, object] = {}
        for key, head in self._store.heads(keys).items():
            try:
                value, seen, stats, began = unpack(head)
                if self._holds(seen, stats, began):
                    found[key] = value
            except (UnpackError, TypeError, ValueError, AttributeError):
                continue
        return found

    def _holds(self, seen: dict[str, str], stats: dict[str, Stat], began: int) -> bool:
        current = witness.current()
        for path, token in seen.items():
            if (path, token) not in self._checked:
                self._checked[path, token] = self._is_so(path, token, stats.get(path), began, current)
            if not self._checked[path, token]:
                return False
        return True

    def _is_so(self, path: str, token: str, known: Stat | None, began: int, current: Witness | None) -> bool:
        if current is not None and current.tokens.get(path) == token:
            return True
        now = None
        if known is not None:
            try:
                now = witness.stat_of(os.stat(path))
            except OSError:
                return False
        doubtful = now is None or now != known or max(now[0], now[3]) >= began - _RACY_NS
        if doubtful and not witness.still_holds(path, token):
            return False
        if current is not None:
            if token[0] in "=[" or path not in current.tokens:
                current.tokens[path] = token
            if now is not None:
                current.stats[path] = now
        return True

    def _keep(self, key: str, examined: Examined) -> Examined:
        """Keep a file's answer, without what it could not be made from again and without the texts of fixes on lines that hold secrets."""
        try:
            packed = examined.packed()
        except PackError:
            return examined
        if not packed.crashes and packed.keepable and isinstance(packed.model, PackedModel):
            hidden = hidden_lines((*packed.findings, *packed.hidden))
            findings = tuple(_without_texts(finding, hidden) for finding in packed.findings)
            self._put(key, replace(packed, findings=findings, model=None, seen={}, stats={}), packed.seen, packed.stats, packed.model.data)
        return packed

    def _put(self, key: str, value: object, seen: Mapping[str, str], stats: Mapping[str, Stat], body: bytes = b"") -> None:
        if any(max(found[0], found[3]) >= self._began for found in stats.values()):  # written while we looked
            return
        try:
            self._new[key] = Entry(pack((value, dict(seen), dict(stats), self._began)), body)
        except PackError:
            return

    def _model(self, key: str, again: Callable[[], Examined]) -> File:
        """A model that is kept; made anew where it is gone by now, or damaged."""
        body = self._store.body(key)
        try:
            return unpack_file(body) if body is not None else again().file
        except UnpackError:
            return again().file


def _named(plan: Plan) -> str:
    """A short text for a plan that is the same for equal ones."""
    rules = [(selected.rule.identity(), selected.severity, selected.hidden) for selected in plan.rules]
    whole = repr((plan.base, plan.target, plan.setting, rules, plan.findings))
    return witness.token_of(whole.encode("utf-8", "surrogatepass"))


def _token(path: Path) -> str:
    """The token of a file's content; empty where it can't be read."""
    current, text = witness.current(), str(path)
    if current is not None and current.tokens.get(text, "").startswith("="):
        return current.tokens[text]
    try:
        return witness.token_now(text, "=")
    except (OSError, ValueError):
        return ""


def _without_texts(finding: Finding, hidden: dict[str, frozenset[int]]) -> Finding:
    fix = finding.fix
    if fix is None or not any(
        number in hidden.get(edit.span.path, ()) for edit in fix.edits for number in range(edit.span.line, edit.span.end_line + 1)
    ):
        return finding
    return replace(finding, fix=Fix(fix.title, tuple(replace(edit, text="") for edit in fix.edits), fix.safety))
