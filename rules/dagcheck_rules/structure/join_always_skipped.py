from collections.abc import Iterable

from dagcheck.model.dag import Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Related, Rule
from dagcheck.rule.branching import all_known_choices, is_branch
from dagcheck.rule.edits import add_keyword
from dagcheck.rule.relations import Relations

_AFTER_FAILURE = ("one_failed", "all_failed")
_NEEDS_ALL = ("all_success", "none_skipped")


class JoinAlwaysSkipped(Rule):
    """Join after a branch that is skipped whichever way is taken

    A branch skips the ways that it does not take, and with the default trigger rule `all_success` a task is skipped as soon as one task before it is. So a task that joins
    the ways again never runs. `none_failed_min_one_success` is the rule for joins. The same happens to a task after both some work and the alarm that runs only when that
    work failed.
    """

    meta = Meta(code="DAG110", name="join-always-skipped", severity="warning", since="0.1.0", fix="unsafe")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.python import BranchPythonOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                branch = BranchPythonOperator(task_id="branch", python_callable=lambda rows: "all" if rows else "part", op_args=[[1]])
                join = EmptyOperator(task_id="join")  # DAG110
                branch >> [EmptyOperator(task_id="all"), EmptyOperator(task_id="part")] >> join
            """,
            fixed="""
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.python import BranchPythonOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                branch = BranchPythonOperator(task_id="branch", python_callable=lambda rows: "all" if rows else "part", op_args=[[1]])
                join = EmptyOperator(task_id="join", trigger_rule="none_failed_min_one_success")
                branch >> [EmptyOperator(task_id="all"), EmptyOperator(task_id="part")] >> join
            """,
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task.branch
                def choose(rows):
                    if rows:
                        return "load"
                    return "report_nothing"

                @task
                def load():
                    pass

                @task
                def check():
                    pass

                @task
                def report_nothing():
                    pass

                @task
                def finish():
                    pass

                ways = load(), report_nothing()
                choose([1]) >> list(ways)
                ways[0] >> check() >> (end := finish())  # DAG110
                ways[1] >> end

            sales()
            """,
            title="TaskFlow, the ways of different length",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.weekday import BranchDayOfWeekOperator
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                branch = BranchDayOfWeekOperator(
                    task_id="branch", week_day="Monday", follow_task_ids_if_true="week", follow_task_ids_if_false="day"
                )
                join = BashOperator(task_id="join", bash_command="echo done")  # DAG110
                for way in ("week", "day"):
                    branch >> BashOperator(task_id=way, bash_command="echo load") >> join
            """,
            fixed="""
            from airflow.providers.standard.operators.weekday import BranchDayOfWeekOperator
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                branch = BranchDayOfWeekOperator(
                    task_id="branch", week_day="Monday", follow_task_ids_if_true="week", follow_task_ids_if_false="day"
                )
                join = BashOperator(task_id="join", bash_command="echo done", trigger_rule="none_failed_min_one_success")
                for way in ("week", "day"):
                    branch >> BashOperator(task_id=way, bash_command="echo load") >> join
            """,
            title="Generated ways",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load():
                    pass

                @task(trigger_rule="one_failed")
                def alarm():
                    pass

                @task
                def report():
                    pass

                loaded = load()
                loaded >> alarm() >> (end := report())  # DAG110
                loaded >> end

            sales()
            """,
            title="After the work and its alarm",
        ),
        Bad(
            """
            from airflow.sdk import DAG, task

            REGIONS = ["north", "south"]

            @task.branch
            def choose(params=None):
                if params["region"] in REGIONS:
                    return f"load_{params['region']}"
                return "load_rest"

            @task
            def load(region):
                pass

            @task
            def report():
                pass

            with DAG("sales", params={"region": "north"}):
                ways = [load.override(task_id=f"load_{region}")(region) for region in [*REGIONS, "rest"]]
                choose() >> ways >> report()  # DAG110
            """,
            title="An id that is put together when the branch runs",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.python import BranchPythonOperator
            from airflow.sdk import DAG

            FULL = "load_all"

            def choose(ds):
                chosen = FULL
                if not ds.endswith("-01"):
                    chosen = "load_part"
                return chosen

            with DAG("sales"):
                branch = BranchPythonOperator(task_id="branch", python_callable=choose)
                ways = [EmptyOperator(task_id=FULL), EmptyOperator(task_id="load_part")]
                branch >> ways >> EmptyOperator(task_id="join", trigger_rule="none_skipped")  # DAG110
            """,
            title="The id is kept in a variable first",
        ),
        Bad(
            """
            from airflow import DAG
            from airflow.operators.branch import BaseBranchOperator
            from airflow.operators.empty import EmptyOperator

            class ByDay(BaseBranchOperator):
                def choose_branch(self, context):
                    if context["logical_date"].day == 1:
                        return ["month"]
                    return ["day"]

            with DAG("sales", schedule="@daily") as dag:
                way = ByDay(task_id="way")
                join = EmptyOperator(task_id="join")  # DAG110
                for name in ("month", "day"):
                    way >> EmptyOperator(task_id=name) >> join
            """,
            fixed="""
            from airflow import DAG
            from airflow.operators.branch import BaseBranchOperator
            from airflow.operators.empty import EmptyOperator

            class ByDay(BaseBranchOperator):
                def choose_branch(self, context):
                    if context["logical_date"].day == 1:
                        return ["month"]
                    return ["day"]

            with DAG("sales", schedule="@daily") as dag:
                way = ByDay(task_id="way")
                join = EmptyOperator(task_id="join", trigger_rule="none_failed_min_one_success")
                for name in ("month", "day"):
                    way >> EmptyOperator(task_id=name) >> join
            """,
            airflow="2.11",
            title="A branch of a class of its own; that the start date is missing is told as well",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.python import BranchPythonOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                branch = BranchPythonOperator(task_id="branch", python_callable=lambda rows: "all" if rows else "part", op_args=[[1]])
                join = EmptyOperator(task_id="join", trigger_rule="none_failed_min_one_success")
                branch >> [EmptyOperator(task_id="all"), EmptyOperator(task_id="part")] >> join
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.python import BranchPythonOperator
            from airflow.sdk import DAG

            def choose(rows):
                return "load" if rows else "join"

            with DAG("sales"):
                branch = BranchPythonOperator(task_id="branch", python_callable=choose, op_args=[[1]])
                load = EmptyOperator(task_id="load")
                join = EmptyOperator(task_id="join")
                branch >> load >> join
                branch >> join
            """,
            title="One way leads straight to the join",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.python import BranchPythonOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                branch = BranchPythonOperator(task_id="branch", python_callable=lambda rows: ["a", "b"] if rows else "a", op_args=[[1]])
                branch >> [EmptyOperator(task_id="a"), EmptyOperator(task_id="b")] >> EmptyOperator(task_id="join")
            """,
            title="Both ways may be taken",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.python import ShortCircuitOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                gate = ShortCircuitOperator(task_id="gate", python_callable=lambda: False)
                gate >> [EmptyOperator(task_id="a"), EmptyOperator(task_id="b")] >> EmptyOperator(task_id="join")
            """,
            title="A gate, where the end is meant to be skipped",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load():
                    pass

                @task(trigger_rule="one_failed")
                def alarm():
                    pass

                @task
                def close_ticket():
                    pass

                @task(trigger_rule="all_done")
                def report():
                    pass

                loaded = load()
                loaded >> alarm() >> [close_ticket(), end := report()]
                loaded >> end

            sales()
            """,
            title="What goes on after an alarm alone",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.operators.python import BranchPythonOperator
            from airflow.sdk import DAG

            def choose(params):
                chosen = ["load_north"]
                if params["all"]:
                    chosen.append("load_south")
                return chosen

            with DAG("sales", params={"all": True}):
                branch = BranchPythonOperator(task_id="branch", python_callable=choose)
                ways = [EmptyOperator(task_id="load_north"), EmptyOperator(task_id="load_south")]
                branch >> ways >> EmptyOperator(task_id="join")
            """,
            title="A list that grows",
        ),
        Good(
            """
            from airflow.sdk import DAG, TaskGroup, task

            @task.branch
            def choose(params=None):
                return f"load_{params['region']}"

            @task
            def load(table):
                pass

            @task
            def report():
                pass

            with DAG("sales", params={"region": "north"}):
                with TaskGroup("load_north") as north:
                    ways = [load.override(task_id=table)(table) for table in ("orders", "returns")]
                choose() >> ways >> report()
            """,
            title="What is put together may name a group with both tasks in it",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each task that no choice of a branch lets run, where the branch itself can reach it."""
        branches = [task for task in dag.tasks if is_branch(task)]
        alarms = [task for task in dag.tasks if task.trigger_rule in _AFTER_FAILURE]
        if not (branches or alarms) or not dag.complete:
            return
        relations = context.relations(dag)
        for alarm in alarms:
            for join in _never_after(alarm, relations):
                yield Finding(
                    f"The task {join.task_id} never runs: {alarm.task_id} before it runs only after a failure (trigger rule {alarm.trigger_rule}) and is skipped "
                    f"otherwise, and with its own trigger rule {join.trigger_rule} it needs both {alarm.task_id} and what must not have failed.",
                    join.span,
                    help=f"Do not put it after {alarm.task_id}.",
                    dag_id=dag.dag_id,
                    task_id=join.task_id,
                    related=(Related(alarm.span, "runs only after a failure"),),
                    subject=f"{alarm.task_id} {join.task_id}",
                )
        for branch in branches:
            for join in _dead_joins(branch, dag, relations, context):
                edit = None
                if "trigger_rule" not in join.arguments and join.kind != "taskflow":
                    source = context.source_of(join.span.path)
                    edit = add_keyword(source, join.span, "trigger_rule", '"none_failed_min_one_success"') if source else None
                yield Finding(
                    f"The task {join.task_id} never runs: whatever the branch {branch.task_id} chooses, a task before it is skipped, and with its trigger rule "
                    f"{join.trigger_rule} it is skipped, too.",
                    join.span,
                    help="Give it trigger_rule='none_failed_min_one_success'.",
                    dag_id=dag.dag_id,
                    task_id=join.task_id,
                    related=(Related(branch.span, "the branch"),),
                    fix=Fix("Set trigger_rule='none_failed_min_one_success'", (edit,), "unsafe") if edit else None,
                    subject=f"{branch.task_id} {join.task_id}",
                )


def _never_after(alarm: Task, relations: Relations) -> list[Task]:
    """The tasks directly after an alarm that need all before them, and by other ways all that the alarm looks at, too."""
    looked_at = relations.upstream[alarm.task_id]
    joins = [relations.tasks[task_id] for task_id in sorted(relations.downstream[alarm.task_id])]
    return [join for join in joins if join.trigger_rule in _NEEDS_ALL and looked_at and looked_at <= _needed(join, alarm, relations)]


def _needed(join: Task, alarm: Task, relations: Relations) -> set[str]:
    """The tasks that must succeed for a task to run, beside an alarm."""
    found: set[str] = set()
    waiting = [join.task_id]
    while waiting:
        task = relations.tasks[waiting.pop()]
        if task.trigger_rule in _NEEDS_ALL:
            new = relations.upstream[task.task_id] - found - {alarm.task_id}
            found |= new
            waiting += new
    return found


def _dead_joins(branch: Task, dag: Dag, relations: Relations, context: FileContext) -> list[Task]:
    """The first tasks on each way that every choice of the branch leaves skipped."""
    ways = relations.downstream.get(branch.task_id, set())
    choices = all_known_choices(branch, context, ways, [group.group_id for group in dag.groups])
    if choices is None or not all(choice <= ways for choice in choices):
        return []
    taken = [choice for choice in choices if choice]
    if not taken or len(set().union(*taken)) < 2:
        return []
    outcomes = [_skipped(branch, choice, ways, relations) for choice in taken]
    dead = set.intersection(*outcomes) - ways
    return [
        relations.tasks[task_id]
        for task_id in relations.in_order()
        if task_id in dead and not relations.upstream[task_id] & dead and len(relations.upstream[task_id]) > 1
    ]


def _skipped(branch: Task, choice: set[str], ways: set[str], relations: Relations) -> set[str]:
    """The tasks after a branch that are skipped when it makes a choice."""
    kept = choice.union(*(relations.after(task_id) for task_id in choice))
    skipped = ways - kept
    for task_id in relations.in_order():
        task = relations.tasks.get(task_id)
        if task is not None and task_id not in ways and task.trigger_rule in _NEEDS_ALL and relations.upstream[task_id] & skipped:
            skipped.add(task_id)
    return skipped
