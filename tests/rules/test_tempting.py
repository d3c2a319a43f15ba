"""DAG files of many styles that are as they should be, and each with one thing made wrong in it."""

import datetime
from pathlib import Path

import pytest

from dagcheck.commands.choosing import Choice
from dagcheck.commands.judging import judge
from dagcheck.commands.workspace import Workspace
from dagcheck.engine.outcome import Outcome

TEMPTING = Path(__file__).resolve().parents[2] / "fixtures" / "tempting"
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

TWINS: list[tuple[str, str, str, str]] = [
    ("dbt_run.py", "set -euo pipefail", "export DBT_LOG=info", "DAG710"),
    ("dbt_run.py", "{DBT} seed --target prod", "{DBT} seed --profile {{{{ dag_run.conf.profile }}}}", "DAG411"),
    ("dbt_run.py", 'schedule="30 2 * * *"', 'schedule="30 25 * * *"', "DAG306"),
    ("snowflake_elt.py", "TRUNCATE TABLE staging.{table};", "", "DAG501"),
    ("snowflake_elt.py", '"retries": 3', '"retires": 3', "DAG812"),
    ("s3_to_redshift.py", '"retries": 2,', '"retries": "2",', "DAG813"),
    ("s3_to_redshift.py", "WHERE day = '{{ ds }}'", "WHERE day = '{{ dss }}'", "DAG806"),
    ("ml_training.py", 'Param(0.02, type="number"', 'Param("2 %", type="number"', "DAG828"),
    ("ml_training.py", 'else "keep"', 'else "keep_it"', "DAG109"),
    ("mapped_files.py", "expand(key=list_files())", "expand(key=[])", "DAG114"),
    ("sensors_of_many_kinds.py", "hours=2, minutes=30", "hours=2, minutes=40", "DAG823"),
    ("sensors_of_many_kinds.py", '"timeout": 3 * 3600', '"timeout": 90000', "DAG713"),
    ("branch_and_join.py", "TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS", "TriggerRule.ALL_SUCCESS", "DAG110"),
    ("branch_and_join.py", 'op_kwargs={"kind": kind, "ds": "{{ ds }}"}', 'op_kwargs={"sort": kind}', "DAG810"),
    ("cluster_for_an_hour.py", "create >> work >> terminate.as_teardown(setups=create)", "create >> work >> terminate >> create", "DAG101"),
    ("cluster_for_an_hour.py", "'work.steps'", "'steps'", "DAG801"),
    ("taskflow_setup.py", '["DELETE FROM addresses", f"INSERT', '[f"INSERT', "DAG501"),
    ("asset_driven.py", "schedule=RAW)", 'schedule=Asset("s3://shop-lake/raw/orders.json/"))', "DAG827"),
    ("asset_driven.py", "\nfetch_raw()", "\n", "DAG204"),
    ("factory_of_tenants.py", "dag_id=f\"export_{tenant['name']}\"", 'dag_id="export"', "DAG201"),
    ("factory_of_tenants.py", 'task_id=f"export_{table}"', 'task_id="export"', "DAG202"),
    ("billing.py", "{{ ti.xcom_pull(task_ids='invoices') }}", "{{ ti.xcom_pull(task_ids='invoices') }", "DAG805"),
    ("kubernetes_jobs.py", '"runAsNonRoot": True', '"privileged": True', "DAG415"),
    ("bigquery_partitions.py", 'write_disposition="WRITE_TRUNCATE"', 'write_disposition="WRITE_APPEND"', "DAG503"),
    ("sql_files.py", "sql/refresh_sales.sql", "refresh_sales.sql", "DAG808"),
    (
        "sql_files.py",
        "DELETE FROM marts.quarters WHERE region = %(region)s AND quarter =",
        "DELETE FROM marts.quarters WHERE quarter >=",
        "DAG512",
    ),
    ("api_to_postgres.py", "log = logging", 'LIMIT = Variable.get("limit")\nlog = logging', "DAG601"),
    ("api_to_postgres.py", "replace=True, ", "", "DAG501"),
    ("trigger_others.py", 'trigger_dag_id=f"export_{tenant}"', 'trigger_dag_id=f"exprot_{tenant}"', "DAG822"),
    ("ssh_and_files.py", "arrived >> get >> unpack >> archive()", "arrived >> get >> unpack\n    archive()", "DAG105"),
    ("quality_and_alerts.py", "        return done\n", "", "DAG110"),
    ("housekeeping.py", "-delete >> /var/log/housekeeping.log", "-print >> /data/deleted.txt", "DAG503"),
]


def judged(folder: Path, texts: dict[Path, bytes] | None = None) -> Outcome:
    """What the default selection says of a folder with a configuration of its own."""
    return judge(Workspace(base=folder, config_path=folder / "dagcheck.toml", now=NOW, texts=texts), [folder], Choice())


@pytest.mark.parametrize("version", ["airflow_2", "airflow_3"])
def test_good_dag_files_of_many_styles_are_exact_and_without_findings(version: str) -> None:
    outcome = judged(TEMPTING / version)
    assert [(told.finding.code, told.finding.span, told.finding.message) for told in outcome.findings] == []
    assert outcome.dags > 2
    assert (outcome.inexact, outcome.crashes, outcome.failures) == (0, (), ())


@pytest.mark.parametrize(
    ("name", "right", "wrong", "code"), TWINS, ids=lambda part: part if isinstance(part, str) and part.startswith("DAG") else ""
)
def test_one_wrong_thing_in_a_good_file_is_found_there(name: str, right: str, wrong: str, code: str) -> None:
    path = TEMPTING / "airflow_3" / "dags" / name
    text = path.read_text(encoding="utf-8")
    assert right in text
    outcome = judged(TEMPTING / "airflow_3", {path: text.replace(right, wrong).encode()})
    assert code in {told.finding.code for told in outcome.findings if told.finding.span.path == f"dags/{name}"}
