"""Relations between tasks, on graphs made by hand."""

import pytest

import dagcheck
from dagcheck.model.dag import Dag
from dagcheck.rule.intervals import in_words
from dagcheck.rule.near import nearest
from dagcheck.rule.relations import Relations

SOURCE = """
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

with DAG("d"):
    a, b, c, d, alone = (EmptyOperator(task_id=name) for name in ("a", "b", "c", "d", "alone"))
    a >> [b, c] >> d
"""


@pytest.fixture(scope="module")
def dag() -> Dag:
    return dagcheck.show(source=SOURCE).files[0].dags[0]


def test_before_and_after_go_any_distance(dag: Dag) -> None:
    relations = Relations(dag)
    assert relations.before("d") == {"a", "b", "c"}
    assert relations.after("a") == {"b", "c", "d"}
    assert relations.after("nobody") == set()


def test_a_task_without_edges_is_alone(dag: Dag) -> None:
    relations = Relations(dag)
    assert [task.task_id for task in dag.tasks if relations.is_alone(task.task_id)] == ["alone"]


def test_tasks_come_in_an_order_that_respects_every_edge(dag: Dag) -> None:
    order = Relations(dag).in_order()
    assert sorted(order) == ["a", "alone", "b", "c", "d"]
    assert all(order.index(above) < order.index(below) for above, below in dag.edges)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (90, "90 seconds"),
        (60, "1 minute"),
        (7200, "2 hours"),
        (604800, "7 days"),
        (0.5, "0.5 seconds"),
        (42083, "11 hours and 41 minutes"),
        (120_000, "33 hours and 20 minutes"),
        (7199.5, "1 hour and 59 minutes"),
    ],
)
def test_durations_are_said_in_the_largest_unit_that_divides_them(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


@pytest.mark.parametrize(("name", "near"), [("retires", "retries"), ("all_succes", "all_success"), ("region", None)])
def test_the_nearest_name_is_told_where_one_is_near(name: str, near: str | None) -> None:
    assert nearest(name, ["retries", "retry_delay", "all_success", "all_done"]) == near


def test_a_task_comes_before_another_exactly_where_it_is_among_those_before_it(dag: Dag) -> None:
    circle = dag.model_copy(update={"edges": (*dag.edges, ("d", "b"))})
    for relations in (Relations(dag), Relations(circle)):
        names = [*relations.tasks, "nobody"]
        assert [(one, other) for one in names for other in names if relations.comes_before(one, other)] == [
            (one, other) for one in names for other in names if one in relations.before(other)
        ]
