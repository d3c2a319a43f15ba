"""What many DAGs start together: by minute, by hour of the week, by pool."""

from __future__ import annotations

import datetime
import heapq
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dagcheck.simulation import model
from dagcheck.simulation.preview import Previewed
from dagcheck.timetable.runs import bounds_of
from dagcheck.timetable.spans import moments_between
from dagcheck.timetable.zones import DAY, SECOND, Zone, micros, moment

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag

MINUTE = 60 * SECOND
DEFAULT_SPAN = datetime.timedelta(days=7)
LONGEST = 3 * 366 * DAY
"""The longest span that is laid out by the minute: some three years."""
_MOST_CROWDED = 10
_MOST_SHARES = 10
_DEFAULT_POOL_SIZE = 128


@dataclass(frozen=True)
class Profile:
    """What one run of a DAG starts: all its tasks, those that wait for no other task, and the pool slots that these ask for."""

    tasks: int
    first_tasks: int
    pools: tuple[tuple[str, int], ...]


def profile(dag: Dag) -> Profile:
    """The profile of a DAG. A mapped task counts once, a pool or its slots that are not known count as the default."""
    waiting = {downstream for _, downstream in dag.edges}
    first = [task for task in dag.tasks if task.task_id not in waiting]
    pools: Counter[str] = Counter()
    for task in first:
        slots = task.arguments["pool_slots"].value if "pool_slots" in task.arguments else 1
        pools[task.pool or "default_pool"] += slots if isinstance(slots, int) else 1
    return Profile(len(dag.tasks), len(first), tuple(sorted(pools.items())))


@dataclass
class _Minutes:
    """Counts by minute from the start of the span."""

    count: int
    runs: list[int] = field(init=False)
    tasks: list[int] = field(init=False)
    first_tasks: list[int] = field(init=False)
    pools: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.runs, self.tasks, self.first_tasks = [0] * self.count, [0] * self.count, [0] * self.count

    def add(self, counted: Mapping[int, int], each: Profile) -> None:
        pools = [(self.pools.setdefault(pool, [0] * self.count), slots) for pool, slots in each.pools]
        for minute, number in counted.items():
            self.runs[minute] += number
            self.tasks[minute] += number * each.tasks
            self.first_tasks[minute] += number * each.first_tasks
            for demand, slots in pools:
                demand[minute] += number * slots


def load(
    previewed: Sequence[Previewed],
    now: datetime.datetime,
    start: datetime.datetime | None,
    end: datetime.datetime | None,
    zone: Zone,
    pools: Mapping[str, int],
) -> model.Load:
    """The load from `start` (default: now) to `end` (default: a week later; at most some three years). Hours and days are those of `zone`; `pools` are known sizes."""
    begin = micros((start or now).astimezone(datetime.UTC)) // MINUTE * MINUTE
    finish = min(begin + LONGEST, micros((end or (start or now) + DEFAULT_SPAN).astimezone(datetime.UTC)))
    finish = max(finish, begin + MINUTE)
    clock = min(begin, micros(now.astimezone(datetime.UTC)))
    minutes = _Minutes((finish - begin + MINUTE - 1) // MINUTE)
    by_dag: list[tuple[Previewed, Profile, array[int]]] = []
    grouped: dict[Profile, Counter[int]] = defaultdict(Counter)
    for each in sorted((one for one in previewed if one.timing is not None), key=lambda one: (profile(one.dag).tasks, one.dag.dag_id)):
        assert each.timing is not None
        bounds = bounds_of(each.timing, clock)
        found = array("I", [(instant - begin) // MINUTE for instant in moments_between(each.timing.plan.timetable, bounds, begin, finish)])
        by_dag.append((each, profile(each.dag), found))
        grouped[profile(each.dag)].update(found)
    for each_profile, counted in grouped.items():
        minutes.add(counted, each_profile)
    return _told(minutes, by_dag, begin, finish, zone, pools, len(previewed))


def _told(
    minutes: _Minutes,
    by_dag: Sequence[tuple[Previewed, Profile, array[int]]],
    begin: int,
    finish: int,
    zone: Zone,
    pools: Mapping[str, int],
    dags: int,
) -> model.Load:
    runs, tasks = _by_hour(minutes.runs, begin, zone), _by_hour(minutes.tasks, begin, zone)
    return model.Load(
        start=moment(begin),
        end=moment(finish),
        timezone=zone.name,
        dags=dags,
        total_runs=sum(minutes.runs),
        total_tasks=sum(minutes.tasks),
        runs=runs,
        tasks=tasks,
        crowded=tuple(_slot(minute, minutes, by_dag, begin) for minute in _crowded(minutes, begin, zone)),
        pools=tuple(_demand(pool, demand, begin, pools) for pool, demand in sorted(minutes.pools.items())),
    )


def _by_hour(counts: Sequence[int], begin: int, zone: Zone) -> tuple[tuple[int, ...], ...]:
    week = [[0] * 24 for _ in range(7)]
    for minute, count in enumerate(counts):
        if count:
            hours = zone.wall(begin + minute * MINUTE) // (60 * MINUTE)
            week[(hours // 24 + 3) % 7][hours % 24] += count
    return tuple(tuple(day) for day in week)


def _crowded(minutes: _Minutes, begin: int, zone: Zone) -> list[int]:
    """The most crowded minutes, one for each time of the day: by first tasks, then tasks, then runs."""
    best: dict[int, tuple[int, int, int, int]] = {}
    for minute, runs in enumerate(minutes.runs):
        if runs > 1:
            time = zone.wall(begin + minute * MINUTE) % DAY
            weight = minutes.first_tasks[minute], minutes.tasks[minute], runs, -minute
            if time not in best or weight > best[time]:
                best[time] = weight
    return [-weight[3] for weight in heapq.nlargest(_MOST_CROWDED, best.values())]


def _slot(minute: int, minutes: _Minutes, by_dag: Iterable[tuple[Previewed, Profile, array[int]]], begin: int) -> model.Slot:
    shares = []
    for each, its_profile, found in by_dag:
        place = bisect_left(found, minute)
        count = 0
        while place + count < len(found) and found[place + count] == minute:
            count += 1
        if count:
            shares.append(model.Share(dag_id=each.dag.dag_id, runs=count, tasks=count * its_profile.tasks))
    shares.sort(key=lambda share: (-share.tasks, -share.runs, share.dag_id))
    return model.Slot(
        start=moment(begin + minute * MINUTE),
        runs=minutes.runs[minute],
        tasks=minutes.tasks[minute],
        first_tasks=minutes.first_tasks[minute],
        dags=tuple(shares[:_MOST_SHARES]),
    )


def _demand(pool: str, demand: Sequence[int], begin: int, pools: Mapping[str, int]) -> model.PoolDemand:
    most = max(demand, default=0)
    start = moment(begin + demand.index(most) * MINUTE) if most else None
    size = pools.get(pool, _DEFAULT_POOL_SIZE if pool == "default_pool" else None)
    return model.PoolDemand(pool=pool, asked=most, size=size, start=start)
