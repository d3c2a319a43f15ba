"""What the instances of mapped tasks and groups are given, and how time is counted."""

from __future__ import annotations

import pytest

from dagcheck.harness.expanding import Expansion, Own, XComItem, expansion_of, told_of
from dagcheck.harness.patience import Stopwatch
from dagcheck.model.dag import Dag
from dagcheck.model.values import XComRef
from tests.unit.harness.builders import dag_of, verdict_of

GROUPS = """
from airflow.sdk import task_group

@task
def names():
    return ["a", "b", "c"]

@task
def length(name):
    return len(name)

@task
def keep(name, size, unit="m"):
    with open(f"{name}.txt", "w") as file:
        file.write(f"{size} {unit}")

@task_group
def one(name, unit):
    keep(name, length(name), unit=unit)

one.expand(name=["x", "yy"], unit=["m", "s"])
one.override(group_id="two").partial(unit="m").expand(name=names())
one.override(group_id="three").expand_kwargs([{"name": "p", "unit": "q"}])
"""


@pytest.fixture(scope="module")
def groups() -> Dag:
    return dag_of(GROUPS)


def expansion(dag: Dag, task_id: str) -> Expansion:
    found = expansion_of(dag, next(task for task in dag.tasks if task.task_id == task_id))
    assert found is not None
    return found


def test_over_several_arguments_the_last_one_changes_fastest() -> None:
    over = Expansion((["a", "b"], {"k": 1, "l": 2, "m": 3}), ("one", "other"))
    assert (over.count, over.played) == (6, 3)
    assert [(over.item(0, index), over.item(1, index)) for index in (0, 1, 2, 3)] == [
        ("a", ("k", 1)),
        ("a", ("l", 2)),
        ("a", ("m", 3)),
        ("b", ("k", 1)),
    ]


def test_a_mapped_group_gives_its_tasks_their_items_and_each_other_s_results(groups: Dag) -> None:
    keep = next(task for task in groups.tasks if task.task_id == "one.keep")
    given = {name: expansion(groups, "one.keep").given(name, argument.value, 1) for name, argument in keep.arguments.items()}
    assert given["op_args"] == ["x", Own("one.length", "return_value", 1)]
    assert given["op_kwargs"] == {"unit": "s"}


def test_items_of_lists_that_are_known_at_run_time_are_pulled_and_told(groups: Dag) -> None:
    over = expansion(groups, "two.keep")
    assert not over.known
    assert over.item(0, 1) == XComItem("names", "return_value", 1)
    assert told_of(groups) == [
        "two expands over a list that is known at run time only: 2 instances are played",
        "of the 4 instances of one.length the first 3 are played",
        "of the 4 instances of one.keep the first 3 are played",
    ]


def test_keyword_arguments_of_a_group_are_taken_from_each_item(groups: Dag) -> None:
    keep = next(task for task in groups.tasks if task.task_id == "three.keep")
    assert expansion(groups, "three.keep").filled(keep.arguments["op_kwargs"].value, 0) == {"unit": "q"}


def test_parameters_of_sql_may_be_the_result_of_a_task() -> None:
    body = """
    found = sql("find", "SELECT 1")
    sql("load", ["DELETE FROM t WHERE n = %(n)s AND day = '{{ ds }}'", "INSERT INTO t SELECT %(n)s, day FROM s WHERE day = '{{ ds }}'"], parameters={"n": found.output})
    """
    assert {task.task_id: task.verdict for task in verdict_of(body, examples=0).tasks} == {"find": "held", "load": "held"}


def test_an_expansion_by_itself_leaves_other_arguments_alone() -> None:
    over = Expansion((XComRef("a"),), ("sql",))
    assert over.given("conn_id", "pg", 0) == "pg"
    assert over.given("sql", XComRef("a"), 0) == XComItem("a", "return_value", 0)


@pytest.mark.parametrize(
    ("passed", "worked", "others", "counted"),
    [(8.0, 7.5, 0.0, 8.0), (8.0, 1.0, 3.5, 8.0), (12.0, 3.0, 0.0, 6.0), (24.0, 0.5, 0.0, 8.0)],
    ids=["alone", "waiting for a child", "on a crowded machine", "on a starved one"],
)
def test_seconds_in_which_nothing_could_be_done_count_less(passed: float, worked: float, others: float, counted: float) -> None:
    clock, work = iter([100.0, 100.0 + passed]), iter([5.0, 5.0 + worked])
    watch = Stopwatch(lambda: next(clock), lambda: next(work))
    watch.others = lambda: others
    assert watch.seconds() == pytest.approx(counted)
