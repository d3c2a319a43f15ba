"""Which texts of a file are secrets, so that nothing that is shown or kept holds one.

The rules that find secrets say where they stand in the file; the helpers and data files that its evaluation read, and the configuration, are looked through as well.
"""

from __future__ import annotations

import ast
import functools
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dagcheck.engine.judge import Crash, Judged, judge_file
from dagcheck.engine.outcome import hidden_lines, touches
from dagcheck.engine.packs import load_packs
from dagcheck.engine.select import Selected
from dagcheck.engine.veil import SHORTEST, Veil
from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.records import replace
from dagcheck.rule import FileContext, Finding, Rule
from dagcheck.source.nodes import walk
from dagcheck.source.project import OutsideRoots, ProjectFiles
from dagcheck.source.text import SourceError

if TYPE_CHECKING:
    from dagcheck.airflow.target import Target
    from dagcheck.model.dag import File

TITLE = "Mend a line that holds a secret"
_PART = 8
"""A shorter piece of a secret that is joined from several texts says nothing, and stands in many others."""


def secret_rules(rules: Iterable[type[Rule]] | None = None) -> tuple[Selected, ...]:
    """The rules (default: of all packs) whose findings mark secrets."""
    return _of_all_packs() if rules is None else _marking(rules)


@functools.cache
def _of_all_packs() -> tuple[Selected, ...]:
    return _marking(load_packs())


def _marking(rules: Iterable[type[Rule]]) -> tuple[Selected, ...]:
    return tuple(Selected(rule(), hidden=True) for rule in rules if rule.meta.secret)


def redacted(file: File, context: FileContext, rules: Sequence[Selected], target: Target) -> File:
    """The file with `***` for each secret in it: in values, ids, errors and doubts."""
    veil = veil_of(file, context, rules, target)
    return veil.whole(file) if veil else file


def veil_of(
    file: File, context: FileContext, rules: Sequence[Selected], target: Target, judged: Judged | None = None, reads: Iterable[str] = ()
) -> Veil:
    """What hides the secrets of a file. `rules` find them; `judged` is what these have said already, `reads` are files that it read beyond those that its model names."""
    rules = [selected for selected in rules if selected.rule.meta.secret]
    found = judge_file(file, context, rules) if judged is None else judged
    texts = set(_texts(context, [finding.span for finding in (*found.findings, *found.hidden) if finding.secret]))
    texts.update(_in_source(file, context, rules))
    texts |= in_names([file.path], rules)
    for path in {*file.reads, *reads} - {file.path}:
        texts |= _in_other(path, context, rules).texts
    texts |= _in_settings(rules, _named(target.env), _named(target.variables))
    return Veil(texts, file.path)


def of_helpers(file: File, context: FileContext, rules: Sequence[Selected], reads: Iterable[str], veil: Veil) -> Judged:
    """What `rules`, of those that find secrets, say of the modules that the file read, in the order of their places."""
    rules = [selected for selected in rules if selected.rule.meta.secret]
    found = Judged()
    for path in sorted({*file.reads, *reads} - {file.path}):
        found = found.plus(_in_other(path, context, rules).judged)
    if not veil:
        return found
    behind = [tuple(finding_behind(veil, finding, {}) for finding in part) for part in (found.findings, found.hidden)]
    return Judged(behind[0], behind[1])


def discreet(judged: Judged, file: File, veil: Veil) -> tuple[Judged, File]:
    """The findings and crashes with `***` for each secret, since rules quote values and errors; and the file for whatever is done with it from here on."""
    if not veil:
        crashes = tuple(crash_behind(veil, crash) for crash in judged.crashes)
        return (replace(judged, crashes=crashes) if crashes else judged), file
    lines = hidden_lines((*judged.findings, *judged.hidden))
    findings, hidden = (tuple(finding_behind(veil, finding, lines) for finding in found) for found in (judged.findings, judged.hidden))
    hidden += tuple(_over_fix(finding) for finding in (*findings, *hidden) if _tells_by_fix(finding, veil))
    return Judged(findings, hidden, tuple(crash_behind(veil, crash) for crash in judged.crashes)), veil.whole(file)


def finding_behind(veil: Veil, finding: Finding, lines: Mapping[str, frozenset[int]]) -> Finding:
    """The finding without secrets, but for the edits of its fix. The title of one on `lines` that hold secrets may say what such a secret is made into."""
    hidden: Finding = veil.whole(replace(finding, fix=None))
    if finding.fix is None:
        return hidden
    title = TITLE if touches(finding.fix, lines) else veil.text(finding.fix.title)
    return replace(hidden, fix=replace(finding.fix, title=title))


def crash_behind(veil: Veil, crash: Crash) -> Crash:
    """The crash without secrets: neither those of the file, nor what reads as one of any other that the rule may have looked at."""
    rules = secret_rules()
    return replace(crash, error=careful(veil.text(crash.error), rules), trace=careful(veil.text(crash.trace), rules))


def careful(text: str, rules: Sequence[Selected] | None = None) -> str:
    """A text of which nobody knows what it quotes, without what reads as a secret."""
    return Veil(_asked(secret_rules() if rules is None else rules, text)).text(text)


_DOUBTFUL = late(r"(?=[A-Za-z_\-]*(?:\d|[A-Z][a-z]|[a-z][A-Z]))[\w.\-+=]{16,}")


def in_names(names: Iterable[str], rules: Sequence[Selected] | None = None) -> frozenset[str]:
    """The secrets in names of files, as `rules` find them (default: those of all packs)."""
    doubtful = [name for name in names if _DOUBTFUL.search(name)]
    rules = rules if rules is not None else secret_rules() if doubtful else ()
    return frozenset(secret for name in doubtful for secret in _asked(rules, name))


def _tells_by_fix(finding: Finding, veil: Veil) -> bool:
    return finding.fix is not None and any(veil.holds(edit.text) for edit in finding.fix.edits)


def _over_fix(finding: Finding) -> Finding:
    """What keeps the lines of a finding's fix from being shown."""
    assert finding.fix is not None
    first = min(edit.span for edit in finding.fix.edits)
    last = max(edit.span.end_line for edit in finding.fix.edits)
    return replace(finding, span=first._replace(end_line=max(last, first.end_line)), fix=None, related=(), secret=True)


def _in_source(file: File, context: FileContext, rules: Sequence[Selected]) -> Iterable[str]:
    """The secrets in the file's text as it stands; more is looked for where it can't be parsed."""
    source = context.source
    if source is not None:
        return _asked(rules, source.text, certain=True)
    if any(error.kind in ("hostile", "unreadable") for error in file.errors):
        return ()
    return _asked(rules, _read(context.sources, file.path))


def _asked(rules: Sequence[Selected], text: str, name: str = "", *, certain: bool = False) -> Iterable[str]:
    return (secret for selected in rules for secret in selected.rule.secrets_in(text, name, certain=certain))


class _Other(NamedTuple):
    """The secrets in a helper or data file, and what the rules that find them say of a helper."""

    texts: frozenset[str]
    judged: Judged = Judged()


_Key = tuple[str, tuple[tuple[str, str | None, bool], ...]]
_known: weakref.WeakKeyDictionary[ProjectFiles, dict[_Key, _Other]] = weakref.WeakKeyDictionary()


def _in_other(path: str, context: FileContext, rules: Sequence[Selected]) -> _Other:
    """What there is in a helper or data file; looked for once while the project's files are the same."""
    known = _known.setdefault(context.sources, {})
    key = path, tuple((selected.rule.meta.code, selected.severity, selected.hidden) for selected in rules)
    if key not in known:
        known[key] = _look_into(path, context, rules)
    return known[key]


def _look_into(path: str, context: FileContext, rules: Sequence[Selected]) -> _Other:
    from dagcheck.model.dag import File

    source = context.source_of(path) if path.endswith(".py") else None
    if source is None:
        return _Other(frozenset(_asked(rules, _read(context.sources, path))))
    helper = File(path=path)
    own = FileContext(helper, context.sources, context.setting)
    judged = judge_file(helper, own, rules)
    secret = [finding.span for finding in (*judged.findings, *judged.hidden) if finding.secret]
    return _Other(frozenset([*_texts(own, secret), *_in_source(helper, own, rules)]), Judged(judged.findings, judged.hidden))


def _read(sources: ProjectFiles, path: str) -> str:
    try:
        return sources.read_bytes(sources.locate(path)).decode("utf-8", "replace")
    except (SourceError, OutsideRoots):
        return ""


def _named(values: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """The texts in a table with the keys that they stand under."""
    found: list[tuple[str, str]] = []
    for key, value in values.items():
        if isinstance(value, str):
            found.append((key, value))
        elif isinstance(value, Mapping):
            found += _named(value)
        elif isinstance(value, list | tuple):
            found += _named({f"{key} ": item for item in value if not isinstance(item, str)}) + tuple(
                (key, item) for item in value if isinstance(item, str)
            )
    return tuple(found)


def _in_settings(rules: Sequence[Selected], *tables: tuple[tuple[str, str], ...]) -> frozenset[str]:
    return frozenset().union(*(_in_table(tuple(selected.rule for selected in rules), table) for table in tables if table))


@functools.lru_cache(maxsize=64)
def _in_table(rules: tuple[Rule, ...], table: tuple[tuple[str, str], ...]) -> frozenset[str]:
    return frozenset(secret for name, value in table for rule in rules for secret in rule.secrets_in(value, name))


def _texts(context: FileContext, spans: Sequence[Span]) -> Iterable[str]:
    """The texts that stand at the spans, in whichever file: as they are in the source, and as their literals say them."""
    for path in dict.fromkeys(span.path for span in spans):
        source = context.source_of(path)
        literals = [
            (node.value, source.span(node))
            for node in (walk(source.tree) if source else ())
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) >= SHORTEST and source is not None
        ]
        for span in [span for span in spans if span.path == path]:
            yield from _text_at(context.text(span).strip("\"'"), [text for text, place in literals if _meet(place, span)])


def _text_at(written: str, literals: Sequence[str]) -> Iterable[str]:
    """One secret as it is written and as the literals at its place say it: joined, and the pieces that say something by themselves."""
    yield written
    others = [text for text in literals if written not in text]
    yield "".join(others)
    yield from (text for text in others if len(text) >= _PART or len(others) == 1)


def _meet(one: Span, other: Span) -> bool:
    start, end = (one.line, one.column), (one.end_line, one.end_column)
    return one.path == other.path and start < (other.end_line, other.end_column) and (other.line, other.column) < end
