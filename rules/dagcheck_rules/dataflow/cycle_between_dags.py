from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Dag, Task
from dagcheck.model.values import Span
from dagcheck.project.assets import AssetUse, asset_key, assets_in, written
from dagcheck.project.order import find_cycles
from dagcheck.records import dataclass
from dagcheck.rule import Bad, Finding, Good, Meta, ProjectContext, Related, Rule
from dagcheck.rule.relations import Relations
from dagcheck.rule.tasks import given

_WORDS = {"waits": "waits for", "triggers": "starts", "asset": "writes the asset that starts"}


@dataclass(frozen=True)
class _Tie:
    """An edge between tasks of two DAGs, with the place that makes it."""

    kind: str
    upstream: str
    downstream: str
    span: Span
    text: str


class CycleBetweenDags(Rule):
    """DAGs that wait for, start or feed each other in a circle

    Two DAGs of which each waits for the other never get on. Where one starts the other, by a trigger or an asset, and that one the first again, they run for ever.
    The circle is looked for task by task, so DAGs that take turns without a circle are fine, and so are waits for another date.
    """

    meta = Meta(code="DAG824", name="cycle-between-dags", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                ExternalTaskSensor(task_id="wait", external_dag_id="report", external_task_id="draw") >> EmptyOperator(task_id="load")

            with DAG("report", schedule="@daily"):
                ExternalTaskSensor(task_id="wait", external_dag_id="sales", external_task_id="load") >> EmptyOperator(task_id="draw")  # DAG824
            """
        ),
        Bad(
            """
            from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
            from airflow.sdk import DAG

            NEXT = {"north": "south", "south": "west", "west": "north"}
            for region, following in NEXT.items():
                with DAG(f"sales_{region}", schedule=None):
                    TriggerDagRunOperator(task_id="go_on", trigger_dag_id=f"sales_{following}")  # DAG824
            """,
            title="Triggers, generated",
        ),
        Bad(
            """
            from airflow.sdk import Asset, dag, task

            rows, totals = Asset("s3://shop/rows"), Asset("s3://shop/totals")

            @dag(schedule=[totals])
            def extract():
                @task(outlets=[rows])
                def write():
                    pass

                write()

            @dag(schedule=rows)
            def add():
                @task(outlets=totals)
                def write():
                    pass

                write()  # DAG824

            extract()
            add()
            """,
            title="Assets",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                load = EmptyOperator(task_id="load")
                load >> ExternalTaskSensor(task_id="wait", external_dag_id="report", external_task_id="draw") >> EmptyOperator(task_id="publish")

            with DAG("report", schedule="@daily"):
                ExternalTaskSensor(task_id="wait", external_dag_id="sales", external_task_id="load") >> EmptyOperator(task_id="draw")
            """,
            title="They take turns",
        ),
        Good(
            """
            from datetime import timedelta

            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                ExternalTaskSensor(
                    task_id="wait", external_dag_id="report", external_task_id="draw", execution_delta=timedelta(days=1)
                ) >> EmptyOperator(task_id="load")

            with DAG("report", schedule="@daily"):
                ExternalTaskSensor(task_id="wait", external_dag_id="sales", external_task_id="load") >> EmptyOperator(task_id="draw")
            """,
            title="The day before",
        ),
        Good(
            """
            from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule=None):
                TriggerDagRunOperator(task_id="again", trigger_dag_id="sales")
            """,
            title="A DAG that starts itself, which is meant",
        ),
        Good(
            """
            from airflow.sdk import Asset, dag, task

            rows = Asset("s3://shop/rows")

            @dag(schedule="@daily")
            def extract():
                @task(outlets=[rows])
                def write():
                    pass

                write()

            @dag(schedule=rows)
            def add():
                @task(inlets=[rows])
                def write():
                    pass

                write()

            extract()
            add()
            """
        ),
    )

    def check_project(self, context: ProjectContext) -> Iterable[Finding]:
        """One finding for each knot of circles, at the last tie between two DAGs on its shortest circle."""
        by_id = {dag_id: dags[0] for dag_id, dags in context.project.by_id.items() if len(dags) == 1}
        ties = {(tie.upstream, tie.downstream): tie for tie in _ties(by_id)}
        if not ties:
            return
        dags = {key.partition("\0")[0] for pair in ties for key in pair}
        inner = [
            (_key(by_id[dag_id], above), _key(by_id[dag_id], below)) for dag_id in sorted(dags) for above, below in by_id[dag_id].edges
        ]
        for cycle in find_cycles([*inner, *ties]):
            around = [ties[pair] for pair in zip(cycle, [*cycle[1:], cycle[0]], strict=True) if pair in ties]
            if not around:
                continue
            last = max(around, key=lambda tie: tie.span)
            related = tuple(Related(tie.span, tie.text) for tie in around if tie is not last)
            ids = list(dict.fromkeys(key.partition("\0")[0] for key in cycle))
            end = "each waits for the other" if all(tie.kind == "waits" for tie in around) else "once begun, they run for ever"
            message = f"DAGs go round in a circle, {' → '.join([*ids, ids[0]])}: {end}. Here {last.text}."
            owner = last.upstream if last.kind != "waits" else last.downstream
            yield Finding(
                message,
                last.span,
                dag_id=owner.partition("\0")[0],
                task_id=owner.partition("\0")[2],
                related=related,
                subject=" ".join(ids),
                cycle=tuple(ids),
            )


class _Borders:
    """The first and the last tasks of DAGs, found once for each: many may name the same one."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[list[str], list[str]]] = {}

    def starts(self, dag: Dag) -> list[str]:
        """The tasks that no other comes before."""
        return self._of(dag)[0]

    def ends(self, dag: Dag) -> list[str]:
        """The tasks that no other comes after."""
        return self._of(dag)[1]

    def _of(self, dag: Dag) -> tuple[list[str], list[str]]:
        if dag.dag_id not in self._found:
            relations = Relations(dag)
            starts = [task_id for task_id, above in relations.upstream.items() if not above]
            self._found[dag.dag_id] = starts, [task_id for task_id, below in relations.downstream.items() if not below]
        return self._found[dag.dag_id]


def _ties(by_id: dict[str, Dag]) -> Iterator[_Tie]:
    """Every edge between tasks of two different DAGs."""
    borders = _Borders()
    for dag in by_id.values():
        tasks = {task.task_id: task for task in dag.tasks} if dag.waits_for or dag.triggers else {}
        for wait in dag.waits_for:
            other, task = by_id.get(wait.dag_id or ""), tasks.get(wait.task_id)
            if other is not None and other is not dag and task is not None and _same_date(task):
                text = f"{dag.dag_id} {_WORDS['waits']} {other.dag_id}"
                for name in wait.task_ids or borders.ends(other):
                    yield _Tie("waits", _key(other, name), _key(dag, task.task_id), task.span, text)
        for trigger in dag.triggers:
            other, task = by_id.get(trigger.dag_id or ""), tasks.get(trigger.task_id)
            if other is not None and other is not dag and task is not None:
                text = f"{dag.dag_id} {_WORDS['triggers']} {other.dag_id}"
                yield from (_Tie("triggers", _key(dag, task.task_id), _key(other, name), task.span, text) for name in borders.starts(other))
    yield from _asset_ties(by_id, borders)


def _asset_ties(by_id: dict[str, Dag], borders: _Borders) -> Iterator[_Tie]:
    uses: dict[str, list[AssetUse]] = {}
    for use in written(by_id.values()):
        if use.task is not None and (key := asset_key(use.asset)) is not None:
            uses.setdefault(key, []).append(use)
    for dag in by_id.values():
        keys = {asset_key(asset) for asset in assets_in(dag.schedule.given)}
        for use in (use for key in sorted(key for key in keys if key is not None) for use in uses.get(key, ())):
            if use.task is not None and use.dag is not dag:
                text = f"{use.dag.dag_id} {_WORDS['asset']} {dag.dag_id}"
                yield from (
                    _Tie("asset", _key(use.dag, use.task.task_id), _key(dag, name), use.task.span, text) for name in borders.starts(dag)
                )


def _same_date(task: Task) -> bool:
    """True for a sensor that waits for the run of its own date."""
    return given(task, "execution_delta") is None and given(task, "execution_date_fn") is None


def _key(dag: Dag, task_id: str) -> str:
    return f"{dag.dag_id}\0{task_id}"
