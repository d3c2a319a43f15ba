"""One file, from its bytes to findings: a pure function of the bytes, of the project files it reads, and of the configuration.

This is what is cached and run in worker processes.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dagcheck.engine.examined import Examined, summary_of
from dagcheck.engine.judge import Crash, judge_file
from dagcheck.engine.packing import PackError, pack
from dagcheck.engine.redact import discreet, of_helpers, veil_of
from dagcheck.engine.select import Selected
from dagcheck.engine.veil import Veil
from dagcheck.records import dataclass, field, replace
from dagcheck.rule import FileContext, Setting
from dagcheck.rule.suppression import Suppression, read_suppressions
from dagcheck.source.project import ProjectFiles
from dagcheck.source.text import SourceError
from dagcheck.witness import LINK, Stat, Watched, current

if TYPE_CHECKING:
    from dagcheck.airflow.target import Target
    from dagcheck.model.dag import File


_TIDIED = 500
"""After so many files, what they left in circles of references is let go."""


@dataclass(frozen=True)
class Plan:
    """What holds for the files of one configuration. Can be pickled. `texts` are files that exist only in memory; shown paths are relative to `base`;
    no more than `findings` are told of one file."""

    base: Path
    target: Target
    setting: Setting
    rules: tuple[Selected, ...]
    texts: Mapping[Path, bytes] = field(default_factory=dict)
    findings: int = 1_000

    @cached_property
    def secret_rules(self) -> tuple[Selected, ...]:
        """Those of the rules that find secrets."""
        return tuple(selected for selected in self.rules if selected.rule.meta.secret)


class Piece(NamedTuple):
    """One file to examine: the number of its plan, and the folders that its imports are looked up in."""

    plan: int
    path: Path
    roots: tuple[Path, ...]


class Examiner:
    """Examines files by plans, in this process or in another one: can be pickled. Files with the same roots share what is read on the way. With `kept`, what another process
    answers holds its model as bytes, for a cache."""

    def __init__(self, plans: Sequence[Plan], sources: dict[tuple[Path, ...], ProjectFiles] | None = None, *, kept: bool = False) -> None:
        self.plans = tuple(plans)
        self._kept = kept
        self._sources = {} if sources is None else sources
        self._examined = 0

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_sources": {}, "_examined": 0}

    def examine(self, piece: Piece, most: int | None = None) -> Examined:
        """The file, examined. Raises `HeavySource` where it reads a module of more bytes than `most`, if that is given."""
        plan = self.plans[piece.plan]
        self._examined += 1
        if self._examined % _TIDIED == 0:
            gc.collect(1)  # between two files there is little that lives, so this is quick
        if piece.roots not in self._sources:
            self._sources[piece.roots] = ProjectFiles(piece.roots, plan.base, plan.texts)
        with self._sources[piece.roots].at_most(most):
            return examine(piece.path, self._sources[piece.roots], plan)

    def examine_packed(self, piece: Piece) -> bytes:
        """The same as bytes, for another process."""
        if self._kept and current() is None:
            Watched().__enter__()
        try:
            examined = self.examine(piece)
            return pack(examined.packed() if self._kept else examined)
        except PackError:  # the one who asks has to examine it himself
            return b""

    def examine_lost(self, piece: Piece, reason: str) -> Examined:
        """What is said of a file that cost the process its life, or took too long: it is not read again, and its answer is not kept."""
        plan = self.plans[piece.plan]
        sources = ProjectFiles(piece.roots, plan.base, plan.texts)
        sources.refuse(piece.path, SourceError("hostile", f"could not be looked at: it {reason}"))
        return replace(examine(piece.path, sources, plan), keepable=False)

    def examine_without_rules(self, piece: Piece, reason: str) -> Examined:
        """The same where even that takes too long, so that it must be the rules: they are told as crashed."""
        plan = self.plans[piece.plan]
        plans, self.plans = self.plans, tuple(replace(each, rules=()) for each in self.plans)
        try:
            lost = self.examine_lost(piece, reason)
        finally:
            self.plans = plans
        return replace(lost, crashes=(Crash(f"one of the {len(plan.rules)} rules", lost.path, reason, ""),))

    def forget(self) -> None:
        """Read everything anew from here on, because what was read last was interrupted."""
        self._sources.clear()


def extract_file(path: Path, sources: ProjectFiles, target: Target) -> File:
    """The model of a file; a file that can't be read or parsed, or on which the extraction itself fails, has an error and no DAGs."""
    with sources.watched():
        return _extract(path, sources, target)[0]


def examine(path: Path, sources: ProjectFiles, plan: Plan) -> Examined:
    """The model of a file, the findings of its own rules, and its suppressions."""
    with sources.watched():
        file, crash = _extract(path, sources, plan.target)
        context = FileContext(file, sources, plan.setting)
        judged = judge_file(file, context, plan.rules)
        rules = plan.secret_rules
        reads = [sources.show(path) for path in sources.reads]
        veil = veil_of(file, context, rules, plan.target, judged, reads)
        helpers = of_helpers(file, context, rules, reads, veil)
        judged, shown = discreet(replace(judged, crashes=(crash, *judged.crashes)) if crash else judged, file, veil)
        return Examined(
            file.path,
            shown,
            replace(
                summary_of(shown),
                untold=max(0, len(judged.findings) - plan.findings),
                fails=any(error.kind != "cut" for error in file.errors) and (context.source is None or context.is_dag_file),
            ),
            judged.findings[: plan.findings],
            (
                *judged.hidden,
                *(finding for finding in judged.findings[plan.findings :] if finding.secret),
                *helpers.findings,
                *helpers.hidden,
            ),
            judged.crashes,
            _suppressions(context, veil),
            *seen_by(sources),
            of_helpers=helpers.findings[: plan.findings],
            keepable=not any(veil.holds(os.fspath(path)) for path in sources.reads | sources.missed | sources.met) if veil else True,
        )


def _suppressions(context: FileContext, veil: Veil) -> tuple[Suppression, ...]:
    found = read_suppressions(context.source) if context.source is not None else ()
    return tuple(veil.whole(item) for item in found) if veil else found


def seen_by(sources: ProjectFiles) -> tuple[dict[str, str], dict[str, Stat]]:
    """What the witness of the run, if there is one, knows of all that was looked at since the sources were watched."""
    witness = current()
    if witness is None:
        return {}, {}
    paths = sorted(map(str, sources.reads | sources.missed | sources.met))
    named = [name for path in paths for name in (path, LINK + path) if name in witness.tokens]
    return {name: witness.tokens[name] for name in named}, {name: witness.stats[name] for name in named if name in witness.stats}


def _extract(path: Path, sources: ProjectFiles, target: Target) -> tuple[File, Crash | None]:
    from dagcheck.model.dag import File, FileError

    try:
        source = sources.source(path)
    except SourceError as error:
        read_error = FileError(message=error.message, line=error.line, column=error.column, kind=error.kind)
        return File(path=sources.show(path), errors=(read_error,)), None
    from dagcheck.airflow.extract import extract

    try:
        return extract(source, sources, target), None
    except MemoryError:
        costly = FileError(
            message="could not be looked at: it takes more memory than there may be for a file", line=1, column=1, kind="hostile"
        )
        return File(path=source.path, errors=(costly,)), None
    except Exception as error:  # noqa: BLE001 - a bug of ours on one file ends in exit status 2, and must not keep the others from being looked at
        import traceback

        what = f"{type(error).__name__}: {error}"
        failed = FileError(message=f"dagcheck failed on this file, which is a bug in dagcheck: {what}", line=1, column=1, kind="failed")
        return File(path=source.path, errors=(failed,)), Crash("the extraction", source.path, what, traceback.format_exc())
