"""The baseline: findings that a repository had when dagcheck came, which are known and do not count.

It is a JSON file with one line for each finding, so that merges are easy. It holds fingerprints, codes, paths and DAG ids, and for each file a digest by which a renamed
file is known again; lines that hold a secret are left out of the digest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from dagcheck.digests import sha256
from dagcheck.model.errors import ExplainedError
from dagcheck.records import dataclass, field

VERSION = 1


class BaselineError(ExplainedError):
    """A baseline that can't be used; the message names the file and says what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One known finding. `path` is relative to the baseline's folder."""

    path: str
    code: str
    fingerprint: str
    dag_id: str = ""


@dataclass(frozen=True)
class Baseline:
    """All known findings, and the digest of each file's text when they were written."""

    entries: frozenset[Entry] = frozenset()
    digests: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def known(self) -> frozenset[tuple[str, str]]:
        """Path and fingerprint of each known finding."""
        return frozenset((entry.path, entry.fingerprint) for entry in self.entries)


def digest(lines: Iterable[str], hidden: frozenset[int]) -> str:
    """The digest of a file's text without the lines that are hidden."""
    kept = "\n".join(line for number, line in enumerate(lines, 1) if number not in hidden)
    return sha256(kept.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def dump(baseline: Baseline) -> str:
    """The file's text: the same for the same findings."""
    entries = sorted(baseline.entries, key=lambda entry: (entry.path, entry.code, entry.fingerprint))
    lines = [
        json.dumps({"path": entry.path, "code": entry.code, "fingerprint": entry.fingerprint, "dag_id": entry.dag_id}) for entry in entries
    ]
    files = [f"{json.dumps(path)}: {json.dumps(value)}" for path, value in sorted(baseline.digests.items())]
    return f'{{\n  "version": {VERSION},\n  "tool": "dagcheck",\n  "findings": {_block(lines, "[", "]")},\n  "files": {_block(files, "{", "}")}\n}}\n'


def _block(lines: list[str], start: str, end: str) -> str:
    return f"{start}\n    " + ",\n    ".join(lines) + f"\n  {end}" if lines else start + end


def load(text: str, name: str) -> Baseline:
    """The baseline in a text. Raises `BaselineError` for one that is damaged or of another version."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise BaselineError(f"{name}:{error.lineno}: the baseline is damaged: {error.msg.lower()}; {_REMEDY}") from None
    except RecursionError:
        raise BaselineError(f"{name}: the baseline is damaged: it is nested too deeply; {_REMEDY}") from None
    if not isinstance(data, dict) or data.get("tool") != "dagcheck":
        raise BaselineError(f"{name}: is no baseline of dagcheck; {_REMEDY}")
    if data.get("version") != VERSION:
        raise BaselineError(f"{name}: is a baseline of version {data.get('version')!r}; this dagcheck reads version {VERSION}; {_REMEDY}")
    return _checked(data, name)


_REMEDY = "restore it, or write it anew with --write-baseline"


def _checked(data: dict[str, Any], name: str) -> Baseline:
    findings, files = data.get("findings"), data.get("files")
    if not isinstance(findings, list) or not isinstance(files, dict):
        raise BaselineError(f'{name}: the baseline is damaged: "findings" must be a list and "files" an object; {_REMEDY}')
    entries = set()
    for number, item in enumerate(findings, 1):
        values = [item.get(key) for key in ("path", "code", "fingerprint", "dag_id")] if isinstance(item, dict) else []
        texts = [value for value in values if isinstance(value, str)]
        if len(texts) != 4:
            raise BaselineError(f"{name}: the baseline is damaged: finding {number} has no path, code, fingerprint and dag_id; {_REMEDY}")
        entries.add(Entry(*texts))
    if not all(isinstance(value, str) for value in files.values()):
        raise BaselineError(f'{name}: the baseline is damaged: a digest in "files" is no text; {_REMEDY}')
    return Baseline(frozenset(entries), files)


def known_renames(
    baseline: Baseline, unknown: Iterable[str], exists: Callable[[str], bool], digest_of: Callable[[str], str]
) -> dict[str, str]:
    """The old path of each file that was renamed and kept its content: by the new one. Only files that the baseline had and that are gone come into question."""
    gone: dict[str, list[str]] = {}
    for path in sorted({entry.path for entry in baseline.entries}):
        if path in baseline.digests and not exists(path):
            gone.setdefault(baseline.digests[path], []).append(path)
    renames = {}
    for path in sorted(unknown) if gone else ():
        candidates = gone.get(digest_of(path), [])
        if candidates:
            renames[path] = candidates.pop(0)
    return renames
