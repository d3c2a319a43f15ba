from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from dagcheck.model.dag import Dag, Declared
from dagcheck.project.order import find_cycles
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule

_HOW = {"shift": "", "call": "", "data": " by the data that is passed", "scope": " by setup and teardown"}

_PROJECTS_GROUPS = (3, 3)
"""The Airflow version from which the views sort groups by the edges of the tasks inside them; measured with 3.3.2 (fails) and 2.11.2 (does not)."""


class CyclicDependency(Rule):
    """Tasks that depend on each other in a circle

    No task of the circle could ever be the first to run, so Airflow refuses to load the DAG. The circle is told task by task, with the place of each edge; through task
    groups, `chain` and TaskFlow arguments as well.

    From Airflow 3.3 on a circle of task groups is an error, too, where the tasks themselves are in none: the DAG loads, but its views fail.
    """

    meta = Meta(code="DAG101", name="cyclic-dependency", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                extract = EmptyOperator(task_id="extract")
                load = EmptyOperator(task_id="load")
                report = EmptyOperator(task_id="report")
                extract >> load >> report
                report >> extract  # DAG101
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def extract():
                    return 1

                @task
                def load(rows):
                    pass

                rows = extract()
                load(rows) >> rows  # DAG101

            sales()
            """,
            title="TaskFlow: the data goes one way, the shift the other",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, TaskGroup

            with DAG("sales"):
                with TaskGroup("north"):
                    first = EmptyOperator(task_id="first")
                    last = EmptyOperator(task_id="last")
                with TaskGroup("south"):
                    middle = EmptyOperator(task_id="middle")
                first >> middle
                middle >> last  # DAG101
            """,
            title="No circle of tasks, but one of groups",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                north = BashOperator(task_id="north", bash_command="load")
                south = BashOperator(task_id="south", bash_command="echo {{ params }}", env={"rows": north.output})
                south >> north  # DAG101
            """,
            title="The output of the one is an argument of the other",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                make = BashOperator(task_id="make", bash_command="make-cluster")
                work = BashOperator(task_id="work", bash_command="load")
                drop = BashOperator(task_id="drop", bash_command="drop-cluster").as_teardown(setups=make)
                make >> work >> drop
                drop >> work  # DAG101
            """,
            title="Through setup and teardown",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                extract = EmptyOperator(task_id="extract")
                load = EmptyOperator(task_id="load")
                report = EmptyOperator(task_id="report")
                extract >> [load, report]
                load >> report
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, TaskGroup

            with DAG("sales"):
                with TaskGroup("north") as north:
                    with TaskGroup("inner"):
                        first = EmptyOperator(task_id="first")
                    last = EmptyOperator(task_id="last")
                    first >> last
                with TaskGroup("south") as south:
                    middle = EmptyOperator(task_id="middle")
                north >> south
                first >> middle
            """,
            title="Groups that follow each other, and one inside another",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                last = EmptyOperator(task_id="start")
                for step in ("load", "check", "load_again"):
                    task = EmptyOperator(task_id=step)
                    last >> task
                    last = task
            """,
            title="A chain made by a loop over one name",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each knot of circles, at the edge that closes its shortest circle."""
        cycles = find_cycles(dag.edges)
        for cycle in cycles:
            edges = [_place(dag, upstream, downstream) for upstream, downstream in pairwise([*cycle, cycle[0]])]
            known = [edge for edge in edges if edge is not None]
            closing = max(known, key=dag.declared.index, default=None)
            related = tuple(
                Related(edge.span, f"{edge.upstream} runs before {edge.downstream}{_HOW[edge.how]}")
                for edge in known
                if edge is not closing
            )
            message = f"These tasks wait for each other in a circle: {' → '.join([*cycle, cycle[0]])}. Airflow refuses to load the DAG."
            if closing is not None:
                message += f" The circle closes here, where {closing.upstream} is put before {closing.downstream}."
            yield Finding(
                message,
                closing.span if closing else dag.span,
                dag_id=dag.dag_id,
                related=related,
                subject=" ".join(cycle),
                cycle=tuple(cycle),
            )
        if not cycles and context.setting.release >= _PROJECTS_GROUPS and any(task.group is not None for task in dag.tasks):
            yield from _group_cycles(dag)


def _group_cycles(dag: Dag) -> Iterator[Finding]:
    """Circles of groups (and tasks beside them) whose tasks are in no circle."""
    parents = {group.group_id: group.parent for group in dag.groups}
    homes = {task.task_id: _path(task.group, parents) for task in dag.tasks}
    projected: dict[tuple[str, str], Declared] = {}
    for edge in dag.declared:
        above, below = (*homes.get(edge.upstream, ()), edge.upstream), (*homes.get(edge.downstream, ()), edge.downstream)
        level = next((index for index, (one, other) in enumerate(zip(above, below, strict=False)) if one != other), None)
        if level is not None:
            projected.setdefault((above[level], below[level]), edge)
    for cycle in find_cycles(projected):
        edges = [projected[pair] for pair in pairwise([*cycle, cycle[0]])]
        closing = max(edges, key=dag.declared.index)
        related = tuple(Related(edge.span, f"{edge.upstream} runs before {edge.downstream}") for edge in edges if edge is not closing)
        message = (
            f"The tasks are in no circle, but their groups are: {' → '.join([*cycle, cycle[0]])}. Airflow loads the DAG, and its grid and graph views then fail. "
            f"The circle closes here, where {closing.upstream} is put before {closing.downstream}."
        )
        yield Finding(message, closing.span, dag_id=dag.dag_id, related=related, subject=" ".join(cycle), cycle=tuple(cycle))


def _path(group: str | None, parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """The groups that a group is in, outermost first, itself last."""
    path: list[str] = []
    while group is not None:
        path.append(group)
        group = parents.get(group)
    return tuple(reversed(path))


def _place(dag: Dag, upstream: str, downstream: str) -> Declared | None:
    """The first place that declares an edge."""
    return next((edge for edge in dag.declared if (edge.upstream, edge.downstream) == (upstream, downstream)), None)
