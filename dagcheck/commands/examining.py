"""Who looks at the files: this process, or several that are watched over."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from dagcheck.commands.choosing import Chosen
from dagcheck.commands.keeping import Keeper, ProjectJudge
from dagcheck.commands.workspace import Scope, Workspace
from dagcheck.engine.alarm import Alarms
from dagcheck.engine.examine import Examiner, Piece, Plan
from dagcheck.engine.examined import Examined
from dagcheck.engine.judge import Judged
from dagcheck.engine.packing import unpack_own
from dagcheck.records import dataclass
from dagcheck.source.project import HeavySource
from dagcheck.witness import current

if TYPE_CHECKING:
    from dagcheck.engine.crew import Limits, Lost

_LARGE = 64 * 1024
"""Bytes from which on a module may take long where nothing can interrupt it, as Python's parser does."""

_WORTH_IT = 8
"""For fewer files each, more processes cost more than they bring."""


def _say_nothing(done: int, total: int) -> None:
    """For runs that nobody watches."""


@dataclass(frozen=True)
class Workers:
    """At most `jobs` processes; as many as pay, and this process alone for a few files. With a `keeper`, only what it does not know is looked at."""

    jobs: int = 1
    keeper: Keeper | None = None
    progress: Callable[[int, int], None] = _say_nothing
    """Told how many of how many files are done."""
    guarded: bool = False
    """Files that are large, or read large modules, are looked at by a process of their own in any case, which may die or be stopped; the others have alarms. To be set by
    programs alone: a library starts no processes."""

    def examine(
        self, workspace: Workspace, chosen: Sequence[tuple[Scope, Chosen]], meanwhile: Callable[[], None] | None = None
    ) -> list[list[Examined]]:
        """Every file, examined: a list for each scope, in the order of its files. `meanwhile` is called once while other processes are at it, if there are any."""
        examiner = Examiner(
            [plan_of(workspace, scope, rules) for scope, rules in chosen], workspace.shared_sources, kept=self.keeper is not None
        )
        pieces = [
            Piece(number, path, workspace.finder.roots(path, scope.configuration))
            for number, (scope, _) in enumerate(chosen)
            for path in scope.files
        ]
        work = partial(self._examine, examiner, chosen, meanwhile)
        found = iter(work(pieces) if self.keeper is None else self.keeper.examine(examiner, pieces, work))
        return [[next(found) for _ in scope.files] for scope, _ in chosen]

    def judge_project(self, plan: Plan, examined: Sequence[Examined], judge: ProjectJudge) -> Judged:
        """What the project rules say of files together."""
        return judge()[0] if self.keeper is None else self.keeper.project(plan, examined, judge)

    def _examine(
        self,
        examiner: Examiner,
        chosen: Sequence[tuple[Scope, Chosen]],
        meanwhile: Callable[[], None] | None,
        pieces: Sequence[Piece],
    ) -> list[Examined]:
        count = min(self.jobs, len(pieces) // _WORTH_IT)
        found: dict[int, Examined] = {}
        away = [number for number, piece in enumerate(pieces) if count >= 2 or (self.guarded and _is_large(examiner, piece))]
        for number in sorted({*range(len(pieces))}.difference(away)):
            examined = self._here(examiner, chosen[pieces[number].plan][0], pieces[number])
            if examined is None:
                away.append(number)
            else:
                found[number] = examined
                self.progress(len(found), len(pieces))
        for number, examined in self._away(examiner, chosen, [pieces[number] for number in away], max(count, 1)):
            found[away[number]] = examined
            self.progress(len(found), len(pieces))
            if meanwhile is not None and len(found) == len(pieces) - len(away) // 2:
                meanwhile()
        return [found[number] for number in range(len(pieces))]

    def _here(self, examiner: Examiner, scope: Scope, piece: Piece) -> Examined | None:
        """The piece, examined by this process in its time; None where another process should do it."""
        if not self.guarded:
            return examiner.examine(piece)
        try:
            seconds = scope.configuration.limit("seconds")
            return Alarms.within(seconds, partial(examiner.examine, piece, _LARGE), partial(_lost, examiner, piece, seconds))
        except HeavySource:
            examiner.forget()
            return None

    @staticmethod
    def _away(
        examiner: Examiner, chosen: Sequence[tuple[Scope, Chosen]], pieces: Sequence[Piece], count: int
    ) -> Iterator[tuple[int, Examined]]:
        """The pieces with their numbers, examined by other processes."""
        if not pieces:
            return
        import dagcheck.airflow.extract  # noqa: F401 - once here instead of once in each process
        from dagcheck.engine.crew import Crew

        limits = _limits(chosen)
        for number, answer in Crew(examiner.examine_packed, count, limits).run(pieces):
            examined = _received(examiner, pieces[number], answer, limits.seconds)
            _tell_witness([examined])
            yield number, examined


def _lost(examiner: Examiner, piece: Piece, seconds: float, reason: str) -> Examined:
    """What is said of a file that took too long, or cost a process its life."""
    examiner.forget()
    return Alarms.within(seconds, partial(examiner.examine_lost, piece, reason), partial(examiner.examine_without_rules, piece))


def _is_large(examiner: Examiner, piece: Piece) -> bool:
    text = examiner.plans[piece.plan].texts.get(piece.path)
    try:
        return (os.stat(piece.path).st_size if text is None else len(text)) > _LARGE
    except OSError:
        return False


def plan_of(workspace: Workspace, scope: Scope, rules: Chosen) -> Plan:
    """What holds for the files of a scope."""
    most = int(scope.configuration.limit("findings"))
    return Plan(workspace.base, scope.target, scope.setting, rules.running, workspace.texts, most)


def _received(examiner: Examiner, piece: Piece, answer: bytes | Lost, seconds: float) -> Examined:
    if not isinstance(answer, bytes):
        return _lost(examiner, piece, seconds, answer.reason)
    if not answer:
        return Alarms.within(seconds, partial(examiner.examine, piece), partial(_lost, examiner, piece, seconds))
    examined: Examined = unpack_own(answer)
    return examined


def _limits(chosen: Sequence[tuple[Scope, Chosen]]) -> Limits:
    """What one file may take: the most that a configuration of the run allows."""
    from dagcheck.engine.crew import Limits

    configurations = [scope.configuration for scope, _ in chosen]
    seconds = max((found.limit("seconds") for found in configurations), default=Limits.seconds)
    return Limits(seconds, int(max((found.limit("memory") for found in configurations), default=0)) * 1024**2)


def _tell_witness(found: Sequence[Examined]) -> None:
    """Tell the witness of this process, if there is one, what others saw."""
    witness = current()
    if witness is None:
        return
    for examined in found:
        for path, token in examined.seen.items():
            witness.tokens.setdefault(path, token)
        witness.stats.update({path: stat for path, stat in examined.stats.items() if path not in witness.stats})


def default_jobs() -> int:
    """As many as there are processors for this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
