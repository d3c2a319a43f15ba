"""Hypothesis strategies over a DAG's life: its runs, and histories of crashes, retries, clears, delays and overlapping runs.

They draw only what Airflow allows: a history is drawn along the same life-cycle machine that plays it. A typical property:

```python
@given(histories(dag))
def test_history_ends_well(history):
    ...
```
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from hypothesis import strategies as st

from dagcheck.harness.drawing import histories_of
from dagcheck.harness.history import History, Run
from dagcheck.harness.runs import runs_of
from dagcheck.harness.shaping import shape_of
from dagcheck.model.dag import Dag, Schedule, Task
from dagcheck.model.values import Span

__all__ = ["data_intervals", "histories", "runs"]

DataInterval = tuple[datetime.datetime, datetime.datetime]


def runs(dag: Dag, *, max_runs: int = 5, airflow: str = "3.3") -> st.SearchStrategy[tuple[Run, ...]]:
    """The first runs of a DAG, as its schedule gives them: one up to `max_runs`, in the order of their intervals.

    `dag` is a model as `dagcheck.show` gives it. A DAG without a schedule by time gets daily runs.
    """
    known = runs_of(dag, max_runs, airflow)
    return st.integers(1, len(known)).map(lambda count: known[:count])


def histories(
    dag: Dag, *, max_runs: int = 3, effects: Mapping[str, int] | None = None, max_steps: int = 14, late: bool = False
) -> st.SearchStrategy[History]:
    """Histories of the first runs of a DAG.

    `effects` says how many durable effects an attempt of each task has, so that crashes fall between them too (default: one). `late`: rows may arrive late.

    Raises:
        ValueError: the tasks of the DAG form a cycle.
    """
    shape = shape_of(dag)
    counts = {task.task_id: 1 for task in shape.tasks} if effects is None else effects
    holds = frozenset(name for name, count in counts.items() if count > 1)
    return histories_of(shape, max_runs=max_runs, effects=counts, holds=holds, late=late, max_steps=max_steps)


def data_intervals(
    schedule: str | datetime.timedelta | None, *, start: datetime.datetime | None = None, max_intervals: int = 5, airflow: str = "3.3"
) -> st.SearchStrategy[DataInterval]:
    """One of the first data intervals of a schedule (a cron expression, a preset such as `@daily`, or a timedelta), as (start, end), both aware.

    `start` is the DAG's start date (default: 2024-01-01, UTC).
    """
    dag = _dag_of(schedule, start or datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC))
    return st.sampled_from([(run.start, run.end) for run in runs_of(dag, max_intervals, airflow)])


def _dag_of(schedule: str | datetime.timedelta | None, start: datetime.datetime) -> Dag:
    from dagcheck.model.dag import Argument

    span = Span("strategies.py", 1, 1, 1, 1)
    arguments = {
        "schedule": Argument(name="schedule", value=schedule, span=span),
        "start_date": Argument(name="start_date", value=start, span=span),
    }
    tasks: tuple[Task, ...] = ()
    kind = Schedule(kind="unknown", given=schedule, argument="schedule")
    return Dag(
        dag_id="drawn",
        exact=True,
        line=1,
        column=1,
        schedule=kind,
        start_date=start,
        path="strategies.py",
        span=span,
        arguments=arguments,
        tasks=tasks,
    )
