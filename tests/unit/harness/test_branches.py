"""Branches and short circuits send a history the way that they choose."""

from __future__ import annotations

from dagcheck.harness.history import History
from dagcheck.harness.lifecycle import DagShape, Instance, Machine, TaskShape, in_order
from dagcheck.harness.readying import staged
from dagcheck.harness.setting import Setting
from tests.unit.harness.builders import dag_of, verdict_of


def forked(*, cuts: bool = False) -> DagShape:
    return in_order(
        [
            TaskShape("fork", cuts=cuts),
            TaskShape("left", frozenset({"fork"})),
            TaskShape("group.right", frozenset({"fork"})),
            TaskShape("join", frozenset({"left", "group.right"}), "all_done"),
        ]
    )


def states_after(machine: Machine, followed: tuple[str, ...] | None) -> dict[str, str]:
    fork = Instance(0, "fork")
    machine.ready()
    machine.start(fork)
    machine.finish(fork, "success", followed)
    machine.ready()
    return {instance.task: state for instance, state in machine.states.items() if instance.task != "fork"}


def test_a_branch_skips_the_ways_that_it_does_not_follow() -> None:
    assert states_after(Machine(forked(), 1), ("left",)) == {"left": "none", "group.right": "skipped", "join": "none"}
    assert states_after(Machine(forked(), 1), ("group",)) == {"left": "skipped", "group.right": "none", "join": "none"}
    assert states_after(Machine(forked(), 1), None) == {"left": "none", "group.right": "none", "join": "none"}


def test_a_short_circuit_skips_everything_below_it_whatever_its_trigger_rule() -> None:
    assert states_after(Machine(forked(cuts=True), 1), ()) == {"left": "skipped", "group.right": "skipped", "join": "skipped"}
    machine = Machine(forked(), 1)
    assert states_after(machine, ())["join"] == "none"
    assert machine.ready() == [Instance(0, "join")]


def test_a_cleared_branch_may_choose_anew() -> None:
    machine = Machine(forked(), 1)
    states_after(machine, ("left",))
    machine.clear(0, "fork")
    assert states_after(machine, ("group",))["left"] == "skipped"


def branching(condition: str, if_true: str, if_false: str) -> str:
    """A branch by a query, before two tasks that each keep one row a day in a table of their own."""
    tasks = "\n".join(
        f"{name} = sql({name!r}, [\"DELETE FROM {name}_days WHERE day = '{{{{ ds }}}}'\", \"INSERT INTO {name}_days (day) VALUES ('{{{{ ds }}}}')\"])"
        for name in (if_true, if_false)
    )
    return f"""
from airflow.providers.common.sql.operators.sql import BranchSQLOperator
{tasks}
branch = BranchSQLOperator(
    task_id="branch", conn_id="pg_postgres", sql="SELECT {condition}", follow_task_ids_if_true={if_true!r}, follow_task_ids_if_false=[{if_false!r}]
)
branch >> [{if_true}, {if_false}]
"""


def test_a_sql_branch_goes_by_what_its_query_finds() -> None:
    stage = staged(dag_of(branching("{{ ds_nodash }} > 20240101", "late", "early")), Setting())
    ran = [(happening.run.index, happening.task) for happening in stage.play(History(2)).happenings if happening.run is not None]
    stage.close()
    assert ran == [(0, "branch"), (0, "early"), (1, "branch"), (1, "late")]


def test_a_branch_by_the_clock_is_blamed_for_where_it_leads() -> None:
    verdict = verdict_of(branching("CURRENT_DATE <= DATE '{{ data_interval_end }}'", "soon", "later"), examples=0)
    assert {task.task_id: task.verdict for task in verdict.tasks} == {"branch": "corrupts", "soon": "held", "later": "not played"}
    assert verdict.tasks[1].reason == "in no history it came to run twice for one interval"


LATEST_ONLY = """
from airflow.providers.standard.operators.latest_only import LatestOnlyOperator
latest = LatestOnlyOperator(task_id="latest")
latest >> sql("load", ["DELETE FROM t{0}", "INSERT INTO t SELECT day, amount FROM sales{0}"])
"""


def test_an_increment_behind_latest_only_is_lost_where_runs_come_late() -> None:
    verdict = verdict_of(LATEST_ONLY.format(" WHERE day = '{{ ds }}'"), examples=0)
    assert {task.task_id: task.verdict for task in verdict.tasks} == {"latest": "corrupts", "load": "held"}
    assert verdict.found is not None
    assert verdict.found.differences[0].extra_count == 0


def test_a_snapshot_behind_latest_only_holds() -> None:
    verdict = verdict_of(LATEST_ONLY.format(""), examples=20)
    assert {task.task_id: task.verdict for task in verdict.tasks} == {"latest": "held", "load": "held"}
