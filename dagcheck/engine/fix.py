"""Fixes made: which of them go together, and what the files look like after."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping

from dagcheck.patterns import late
from dagcheck.records import dataclass
from dagcheck.rule import Edit, Finding, Fix
from dagcheck.rule.edits import apply_edits
from dagcheck.source.nodes import walk
from dagcheck.source.text import Source, SourceError, parse

_IMPORT_LINE = late(r"(?:from [\w.]+ )?import [\w., ]+\r?\n")
_BARE_NEWLINE = late(r"(?<!\r)\n")


class FixError(Exception):
    """A fix that would leave a file that does not parse; the message names the file and the rules, `reason` is what would be wrong."""

    def __init__(self, path: str, codes: Iterable[str], reason: str) -> None:
        super().__init__(f"{path}: the fixes of {', '.join(codes)} would leave a file that {reason}; nothing was changed in it")
        self.reason = reason


@dataclass(frozen=True)
class Chosen:
    """The fixes of one round, by file: the edits that are made, the codes of the rules that asked for them, and the findings that they mend."""

    edits: Mapping[str, tuple[Edit, ...]]
    codes: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...]

    @property
    def fixed(self) -> int:
        """How many fixes these are."""
        return len(self.findings)


def choose_fixes(findings: Iterable[Finding], *, unsafe: bool, one_in: Collection[str] = ()) -> Chosen:
    """The fixes that can be made together: the first in the order of places wins where two touch the same text, and a fix is made whole or not at all.

    Fixes that are not safe are left out unless `unsafe`; files of `one_in` get one fix at most. The rest gets its turn in the next round.
    """
    edits: dict[str, list[Edit]] = {}
    codes: dict[str, list[str]] = {}
    chosen: list[Finding] = []
    for finding in sorted(findings, key=lambda finding: (finding.span, finding.code)):
        fix = finding.fix
        if fix is None or (fix.safety == "unsafe" and not unsafe) or not fix.edits or _clashes(fix, edits):
            continue
        if any(edit.span.path in one_in and edit.span.path in edits for edit in fix.edits):
            continue
        chosen.append(finding)
        for edit in fix.edits:
            same = edits.setdefault(edit.span.path, [])
            if edit not in same:
                same.append(edit)
            codes.setdefault(edit.span.path, []).append(finding.code)
    return Chosen(
        {path: tuple(items) for path, items in edits.items()},
        {path: tuple(dict.fromkeys(items)) for path, items in codes.items()},
        tuple(chosen),
    )


def _clashes(fix: Fix, made: Mapping[str, list[Edit]]) -> bool:
    return any(edit != other and _clash(edit, other) for edit in fix.edits for other in made.get(edit.span.path, ()))


def _clash(one: Edit, other: Edit) -> bool:
    """True if two edits share text, or meet at a point; whole lines of imports may meet anything, since their order does not matter."""
    start, end = one.span[1:3], one.span[3:5]
    other_start, other_end = other.span[1:3], other.span[3:5]
    if start < other_end and other_start < end:
        return True
    return start <= other_end and other_start <= end and not (_is_import(one) or _is_import(other))


def _is_import(edit: Edit) -> bool:
    """True for an edit that puts in a line of imports."""
    return edit.span[1:3] == edit.span[3:5] and edit.span.column == 1 and bool(_IMPORT_LINE.fullmatch(edit.text))


def fixed_bytes(source: Source, edits: Iterable[Edit], codes: Iterable[str]) -> bytes:
    """The file's bytes after the edits, in its own encoding. Raises `FixError` if the result would not parse."""
    newline = "\r\n" if "\r\n" in source.text else "\n"
    places = [(source.offset(*edit.span[1:3]), source.offset(*edit.span[3:5]), _BARE_NEWLINE.sub(newline, edit.text)) for edit in edits]
    data = apply_edits(source.text, places).encode(source.encoding)
    try:
        fixed = parse(data, source.path, source.absolute)
    except SourceError as error:
        raise FixError(source.path, codes, error.message) from error
    twice = _given_twice(fixed) - _given_twice(source)
    if twice:
        raise FixError(source.path, codes, f"gives the argument {min(twice)} twice")
    return data


def _given_twice(source: Source) -> set[str]:
    """The arguments that a call gives twice by name, which Python refuses only when it compiles."""
    calls = [[keyword.arg for keyword in node.keywords if keyword.arg] for node in walk(source.tree) if isinstance(node, ast.Call)]
    return {name for names in calls if len(set(names)) < len(names) for name in names if names.count(name) > 1}
