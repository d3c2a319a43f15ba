import re
from collections.abc import Iterable, Iterator

from dagcheck.airflow.facts import Facts, facts, number, versions
from dagcheck.model.dag import Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import replace_part
from dagcheck.rule.near import nearest
from dagcheck.rule.tasks import is_one_of
from dagcheck.rule.templates import Parsed, Template, parse, user_names

_OF_AIRFLOW = frozenset({"ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz"})
"""The filters that Airflow adds to Jinja's; from `airflow/templates.py`, 2026-11-22."""

_BY_CLASS = {"BaseSqlToSlackOperator": frozenset({"results_df"}), "SqlToSlackApiFileOperator": frozenset({"results_df"})}
"""Names that an operator adds to its own templates; `SnowflakeToSlackOperator` and its kin derive from the first."""

_OF_JINJA = frozenset({"range", "dict", "lipsum", "cycler", "joiner", "namespace", "true", "false", "none", "True", "False", "None"})
_NOW = {
    "execution_date": "logical_date",
    "next_execution_date": "data_interval_end",
    "prev_execution_date": "prev_data_interval_start_success",
    "prev_execution_date_success": "prev_data_interval_start_success",
    "next_ds": "data_interval_end | ds",
    "next_ds_nodash": "data_interval_end | ds_nodash",
    "prev_ds": "macros.ds_add(ds, -1)",
    "prev_ds_nodash": "macros.ds_add(ds, -1) | replace('-', '')",
    "yesterday_ds": "macros.ds_add(ds, -1)",
    "yesterday_ds_nodash": "macros.ds_add(ds, -1) | replace('-', '')",
    "tomorrow_ds": "macros.ds_add(ds, 1)",
    "tomorrow_ds_nodash": "macros.ds_add(ds, 1) | replace('-', '')",
    "triggering_dataset_events": "triggering_asset_events",
}
"""What is written now for the names that Airflow 3 took away; from its upgrade notes, 2026-11-22."""


class UnknownTemplateName(Rule):
    """Template that names what Airflow does not have

    An unknown name in a template makes the task fail before any of its work. Airflow 3 took several away: `execution_date`, `prev_ds`, `next_ds`, `yesterday_ds` and
    their kin. Names that the DAG adds by `user_defined_macros` are known to the rule.
    """

    meta = Meta(code="DAG806", name="unknown-template-name", severity="error", since="0.1.0", fix="unsafe")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load {{ execution_date }}")  # DAG806
            """,
            fixed="""
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load {{ logical_date }}")
            """,
        ),
        Bad(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                for region in ("north", "south"):
                    SQLExecuteQueryOperator(
                        task_id=region,
                        conn_id="shop",
                        sql=f"DELETE FROM {region} WHERE day = '{{{{ dss }}}}'",  # DAG806
                    )
            """,
            fixed="""
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                for region in ("north", "south"):
                    SQLExecuteQueryOperator(
                        task_id=region,
                        conn_id="shop",
                        sql=f"DELETE FROM {region} WHERE day = '{{{{ ds }}}}'",
                    )
            """,
            title="A slip, in a generated text",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(day, moment):
                    pass

                load("{{ macros.dss_add(ds, 1) }}", moment="{{ triggering_dataset_events }}")  # DAG806

            sales()
            """,
            fixed="""
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(day, moment):
                    pass

                load("{{ macros.ds_add(ds, 1) }}", moment="{{ triggering_asset_events }}")

            sales()
            """,
            title="TaskFlow: a macro, and a name of Airflow 2",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", user_defined_macros={"region": "north"}):
                BashOperator(
                    task_id="load",
                    bash_command="load {{ ds }} {{ region }} {% for n in range(3) %}{{ n }}{{ loop.last }}{% endfor %} {% set x = 1 %}{{ x }}",
                )
            """
        ),
        Good(
            """
            from airflow.operators.bash import BashOperator
            from airflow import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load {{ execution_date }} {{ prev_ds }}")
            """,
            airflow="2.11",
            title="Still there in Airflow 2",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG
            from company import macros

            with DAG("sales", user_defined_macros=macros):
                BashOperator(task_id="load", bash_command="load {{ anything }} {{ macros.company.day(ds) }}")
            """,
            title="Macros that are not known",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG
            from company import ARGUMENTS

            with DAG("sales", **ARGUMENTS):
                BashOperator(task_id="load", bash_command="load {{ anything }} {{ ds | as_week }}")
            """,
            title="Arguments of the DAG that are not known",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load {{ dag_run.conf.get('execution_date', ds) }} {{ params.next_ds }}")
            """,
            title="The words as keys",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each unknown name of each templated text."""
        found = context.templates(task)
        own = user_names(dag) if found else None
        if own is None:
            return
        known = context.facts.context | _OF_JINJA | own
        known = known.union(*(names for name, names in _BY_CLASS.items() if is_one_of(task, (name,))))
        for template in found:
            parsed = parse(template.text)
            for name in sorted(parsed.names - known):
                told = name in _older_names(context.facts)
                new = _NOW.get(name) if told else nearest(name, known)
                since = f" in Airflow {context.airflow}" if told else ""
                hint = f" Write {new} instead." if told and new else f" Did you mean {new}?" if new else ""
                message = f"There is no {name} in templates{since}: the task {task.task_id} fails.{hint}"
                fix = _fix(name, new, template, context) if new and new.isidentifier() else None
                yield Finding(message, template.span, dag_id=dag.dag_id, task_id=task.task_id, fix=fix, subject=name)
            for name in sorted(parsed.filters - _OF_AIRFLOW) if "user_defined_filters" not in dag.arguments else ():
                message = f"There is no filter {name} in templates: the task {task.task_id} fails."
                yield Finding(message, template.span, dag_id=dag.dag_id, task_id=task.task_id, subject=f"| {name}")
            for macro, new in _wrong_macros(parsed, context.facts) if "macros" not in own else ():
                hint = f" Did you mean {new}?" if new else ""
                message = f"There is no macros.{macro} in Airflow {context.airflow}: the task {task.task_id} fails.{hint}"
                fix = _fix(macro, new, template, context) if new else None
                yield Finding(message, template.span, dag_id=dag.dag_id, task_id=task.task_id, fix=fix, subject=f"macros.{macro}")


def _older_names(known: Facts) -> frozenset[str]:
    """Names in the context of versions before this one."""
    return frozenset().union(*(facts(version).context for version in versions() if number(version) < number(known.version)))


def _wrong_macros(parsed: Parsed, known: Facts) -> Iterator[tuple[str, str | None]]:
    """Macros that this version lacks and an earlier one had, or that look like a slip; others may come from a plugin."""
    for name, attribute in sorted(parsed.attributes):
        if name == "macros" and attribute not in known.macros:
            near = nearest(attribute, known.macros)
            was_there = any(attribute in facts(version).macros for version in versions())
            if was_there or near:
                yield attribute, None if was_there else near


def _fix(name: str, new: str | None, template: Template, context: FileContext) -> Fix | None:
    """The name replaced where it stands once in a template that is written right there."""
    source = context.source_of(template.span.path)
    written = context.text(template.span)
    matches = list(re.finditer(rf"(?<![\w.'\"]){re.escape(name)}(?!\w)|(?<=macros\.){re.escape(name)}(?!\w)", written))
    if new is None or source is None or len(matches) != 1 or "{{" not in written[: matches[0].start()]:
        return None
    return Fix(f"Write {new}", (replace_part(source, template.span, matches[0].start(), matches[0].end(), new),), "unsafe")
