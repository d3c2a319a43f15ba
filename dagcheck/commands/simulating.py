"""From DAG files to the simulation of their runs: what the command and the Python API share."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Mapping, Sequence
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagcheck.commands.extracting import shown_file
from dagcheck.commands.workspace import Workspace, each_file, in_time
from dagcheck.config import releases
from dagcheck.engine.redact import secret_rules
from dagcheck.model.errors import ExplainedError
from dagcheck.records import dataclass
from dagcheck.simulation.compare import upgrades
from dagcheck.simulation.load import DEFAULT_SPAN, load
from dagcheck.simulation.model import Preview, Simulation
from dagcheck.simulation.preview import MOST_RUNS, Previewed, Question, TooManyRuns, preview
from dagcheck.simulation.times import zone_named
from dagcheck.simulation.waiting import consumers, waits
from dagcheck.timetable.zones import micros

if TYPE_CHECKING:
    from dagcheck.airflow.date_functions import DateFunctions
    from dagcheck.airflow.target import Target
    from dagcheck.commands.api import Paths
    from dagcheck.model.dag import Dag
    from dagcheck.source.project import ProjectFiles
    from dagcheck.timetable.waits import DateFunction


_YEARS = 1000, 4000
NOT_LOADED = "<not loaded>"
"""Stands for the ids of the DAGs of a file that Airflow cannot load."""


class SimulationError(ExplainedError):
    """The simulation was asked for something that can't be answered; the message says what and what to do."""


@dataclass(frozen=True)
class Wish:
    """All that a simulation can be asked for beside the files. Dates are ISO 8601 texts or datetimes; naive ones count as UTC.

    `airflow` may name several versions, separated by commas; `pools` are slots by the pool's name.
    """

    dag_id: str | None = None
    runs: int | None = None
    start: str | datetime.datetime | None = None
    end: str | datetime.datetime | None = None
    now: str | datetime.datetime | None = None
    airflow: str | None = None
    run_duration: datetime.timedelta | None = None
    load: bool = True
    pools: Mapping[str, int] | None = None

    def question(self) -> Question:
        """What is asked of each DAG.

        Raises:
            SimulationError: it makes no sense.
        """
        if self.runs is not None and self.runs < 1:
            raise SimulationError(f"the number of runs must be at least 1, not {self.runs}")
        if self.runs is not None and self.runs > MOST_RUNS:
            raise SimulationError(f"{self.runs:,} runs are more than can be listed; ask for at most {MOST_RUNS:,}")
        start, end = date_of(self.start, "from"), date_of(self.end, "to")
        if start is not None and end is not None and start > end:
            raise SimulationError(f"the window starts at {start.isoformat()}, after its end at {end.isoformat()}")
        now = date_of(self.now, "now") or datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        return Question(now, self.runs, start, end, self.run_duration)

    def versions(self) -> list[str | None]:
        """The versions of Airflow asked for; a lone None for the configured one.

        Raises:
            SimulationError: one is no version that dagcheck knows.
        """
        if self.airflow is None:
            return [None]
        named = list(dict.fromkeys(part.strip() for part in self.airflow.split(",")))
        for version in named:
            if problem := releases.problem_with(version):
                raise SimulationError(problem)
        return list(named)


def date_of(value: str | datetime.datetime | None, name: str) -> datetime.datetime | None:
    """A date as asked for, aware.

    Raises:
        SimulationError: it is no date.
    """
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value)
        except ValueError:
            raise SimulationError(f"{value!r} as {name} is no date; write it as ISO 8601, such as 2026-01-31T06:00:00Z") from None
    if not _YEARS[0] <= value.year < _YEARS[1]:
        raise SimulationError(f"{value.isoformat()} as {name} is too far away; give a year from {_YEARS[0]} to {_YEARS[1] - 1}")
    return value if value.tzinfo is not None else value.replace(tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Simulated:
    """A simulation with the notes and failures met on the way, and whether all DAGs asked for could be simulated."""

    simulation: Simulation
    notes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        """The exit status: 2 if something could not be looked at or no schedule is known, 1 if Airflow refuses one, else 0."""
        dags = self.simulation.dags
        if self.failures or not dags or all(dag.unknown for dag in dags):
            return 2
        return 1 if any(dag.error for dag in dags) else 0


def simulate_in(make: Any, paths: Sequence[Path], wish: Wish) -> Simulated:
    """Simulate the DAGs of the files at and below the paths. `make` gives the workspace of a version of Airflow (None: the configured one).

    Raises:
        SimulationError: the wish makes no sense, or names a DAG that is not there.
    """
    question = wish.question()
    previewed: list[list[Previewed]] = []
    versions: list[_Found] = []
    notes: dict[str, None] = {}
    failures: dict[str, None] = {}
    names: list[str] = []
    for version in wish.versions():
        workspace: Workspace = make(version)
        found = _extracted(workspace, paths)
        notes.update(dict.fromkeys(found.notes))
        failures.update(dict.fromkeys(found.failures))
        notes.update(dict.fromkeys(f"{path}: {message}" for path, message in found.errors))
        names.append(version or found.airflow)
        versions.append(found)
        previewed.append(_previews(found, wish.dag_id, question))
    if wish.dag_id is not None and not any(previewed):
        raise _not_there(wish.dag_id, versions)
    simulation = _together(names, versions, previewed, question, wish)
    return Simulated(simulation, tuple(notes), tuple(failures))


@dataclass(frozen=True)
class _Found:
    """The DAGs under one version of Airflow, each with that version and its settings; `files` is what each DAG's file was evaluated with."""

    airflow: str
    dags: tuple[tuple[Dag, str, Mapping[str, str]], ...]
    notes: tuple[str, ...]
    failures: tuple[str, ...]
    errors: tuple[tuple[str, str], ...]
    files: Mapping[str, tuple[Path, ProjectFiles, Target]]

    def date_function(self, dag: Dag) -> DateFunction:
        """What evaluates the date functions of a DAG's sensors; the file is evaluated again when it is first asked."""

        @cache
        def functions() -> DateFunctions:
            from dagcheck.airflow.date_functions import DateFunctions

            path, sources, target = self.files[dag.path]
            return DateFunctions(sources.source(path), sources, target)

        return lambda ref, date: functions().evaluate(ref, date)


def _extracted(workspace: Workspace, paths: Sequence[Path]) -> _Found:
    found = workspace.discover(paths)
    scopes = workspace.scopes(found.files)
    rules = secret_rules()
    failures = [f"{workspace.show(path)}: {message}" for path, message in found.failures]
    notes = [f"{workspace.show(path)}: {message}" for path, message in found.notes]
    dags = []
    errors: list[tuple[str, str]] = []
    files = {}
    for scope in scopes:
        for path, sources in each_file(workspace, scope):
            file = in_time(path, sources, scope, partial(shown_file, path, sources, scope, rules))
            errors += [(file.path, f"line {error.line}: {error.message}") for error in file.errors]
            files[file.path] = path, sources, scope.target
            dags += [(dag, scope.setting.airflow, scope.target.settings) for dag in file.dags]
    dags.sort(key=lambda known: (known[0].path, known[0].line))
    airflow = scopes[0].setting.airflow if scopes else workspace.airflow(workspace.finder.configuration(workspace.base))
    return _Found(airflow, tuple(dags), tuple(notes), tuple(failures), tuple(errors), files)


def _previews(found: _Found, dag_id: str | None, question: Question) -> list[Previewed]:
    wanted = [known for known in found.dags if dag_id is None or known[0].dag_id == dag_id]
    try:
        return [preview(dag, airflow, settings, question) for dag, airflow, settings in wanted]
    except TooManyRuns as error:
        raise SimulationError(str(error)) from None


def _others(found: _Found, previewed: Sequence[Previewed], question: Question) -> list[Previewed]:
    """The DAGs that were not asked for, where one that was asked for may wait for them."""
    if not any(one.dag.waits_for or one.dag.schedule.kind in ("assets", "asset-or-time") for one in previewed):
        return []
    known = {id(one.dag) for one in previewed}
    short = Question(question.now, count=1)
    return [preview(dag, airflow, settings, short) for dag, airflow, settings in found.dags if id(dag) not in known]


def _not_there(dag_id: str, versions: Sequence[_Found]) -> SimulationError:
    ids = sorted({dag.dag_id for found in versions for dag, _, _ in found.dags})
    close = difflib.get_close_matches(dag_id, ids, n=1, cutoff=0.4)
    hint = f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(ids[:5])}{' …' if len(ids) > 5 else ''}" if ids else ""
    return SimulationError(f"no DAG is called {dag_id!r} here{hint}")


def _unloaded(found: _Found, everything: Sequence[Previewed], wish: Wish) -> list[Preview]:
    """A preview that says why, for each file that Airflow cannot load and of which no DAG is known."""
    known = {one.dag.path for one in everything}
    errors = {} if wish.dag_id is not None else dict(reversed(found.errors))
    return [
        Preview(path=path, dag_id=NOT_LOADED, airflow=found.airflow, error=message) for path, message in errors.items() if path not in known
    ]


def _missing(found: _Found, previewed: Sequence[Previewed], others: Sequence[Previewed]) -> list[Preview]:
    """A preview that says why, for each DAG that another version has and this one has not."""
    known = {(one.dag.path, one.dag.dag_id) for one in previewed}
    wanted = dict.fromkeys((one.dag.path, one.dag.dag_id) for one in others)
    errors = dict(found.errors)
    return [
        Preview(
            path=path, dag_id=dag_id, airflow=found.airflow, error=errors.get(path, f"there is no such DAG under Airflow {found.airflow}")
        )
        for path, dag_id in wanted
        if (path, dag_id) not in known
    ]


def _together(
    names: Sequence[str], versions: Sequence[_Found], previewed: Sequence[Sequence[Previewed]], question: Question, wish: Wish
) -> Simulation:
    """One simulation of all versions; what needs many DAGs is told for the last version."""
    now, last = question.now.astimezone(datetime.UTC), previewed[-1]
    together: dict[str, Any] = {}
    if len(last) > 1 and wish.load:
        zone = zone_named("UTC")
        together["load"] = load(last, now, question.start, question.end, zone, wish.pools or {})
    if wish.load:
        start = question.start or now
        span = micros(start), micros(question.end or start + DEFAULT_SPAN)
        everyone = [*last, *_others(versions[-1], last, question)]
        together["waits"] = tuple(waits(last, everyone, micros(now), versions[-1].date_function))
        together["consumers"] = tuple(consumers(last, everyone, *span))
    everything = [one for version in previewed for one in version]
    told = [
        [*(one.preview for one in version), *_missing(found, version, everything), *_unloaded(found, everything, wish)]
        for found, version in zip(versions, previewed)
    ]
    return Simulation(
        airflow=",".join(names),
        now=now,
        dags=tuple(each for version in told for each in version),
        upgrades=tuple(upgrade for before, after in pairwise(told) for upgrade in upgrades(before, after)),
        **together,
    )


def simulate(
    paths: Paths = (),
    *,
    source: str | bytes | None = None,
    path: str = "dag.py",
    dag_id: str | None = None,
    runs: int | None = None,
    start: str | datetime.datetime | None = None,
    end: str | datetime.datetime | None = None,
    now: str | datetime.datetime | None = None,
    airflow: str | None = None,
    settings: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    run_duration: datetime.timedelta | None = None,
    pools: Mapping[str, int] | None = None,
) -> Simulation:
    """The runs that the schedules in files and folders, or in one file's text, give.

    `runs` is how many of each DAG: 10 where it is not given; with `start` and `end`, all from the one to the other. `airflow` may name several versions, separated by commas.

    Raises:
        SimulationError: what is asked for makes no sense, or is not there.
    """
    from dagcheck.commands.api import InputError, workspace_of

    wish = Wish(dag_id, runs, start, end, now, airflow, run_duration, pools=pools)
    wanted: list[Path] = []

    def make(version: str | None) -> Workspace:
        workspace, found = workspace_of(paths, source, path, version, settings, config)
        wanted[:] = found
        return workspace

    make(None)
    simulated = simulate_in(make, wanted, wish)
    if simulated.failures:
        raise InputError("; ".join(simulated.failures))
    return simulated.simulation
