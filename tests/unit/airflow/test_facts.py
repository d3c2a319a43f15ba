import json
from pathlib import Path

import pytest

from dagcheck.airflow import facts as tables
from dagcheck.airflow.facts import Parameter, facts


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("3.3.2", "3.3"),
        ("3.4", "3.3"),
        ("4", "3.3"),
        ("3.0", "3.3"),
        ("2.11", "2.11"),
        ("2.9.1", "2.7"),
        ("2.7.3", "2.7"),
        ("2.2.5", "2.2"),
        ("1.10.15", "1.10"),
        ("1.8", "1.10"),
    ],
)
def test_a_version_gets_the_nearest_table_of_its_major_version(asked: str, answered: str) -> None:
    assert facts(asked).version == answered


def test_between_two_tables_only_what_neither_has_is_absent() -> None:
    between = facts("2.9")
    assert between.module_exists("airflow.timetables.datasets") is True
    assert between.module_exists("airflow.sdk") is False
    assert "dag_display_name" in between.dag_parameters
    assert "dag_display_name" not in facts("2.7").dag_parameters
    assert between.base_operator_parameters["retries"] == facts("2.7").base_operator_parameters["retries"]
    assert between.trigger_rules >= facts("2.7").trigger_rules | facts("2.11").trigger_rules


def test_a_version_without_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        facts("latest")


@pytest.mark.parametrize(
    ("version", "module", "exists"),
    [
        ("2.11", "airflow.operators.bash_operator", True),
        ("3.3", "airflow.operators.bash_operator", False),
        ("3.3", "airflow.operators.bash", True),
        ("2.11", "airflow.sdk", False),
        ("3.3", "airflow.sdk", True),
        ("2.11", "airflow.contrib.operators.bigquery_operator", True),
        ("2.7", "airflow.datasets", True),
        ("2.2", "airflow.datasets", False),
        ("1.10", "airflow.operators.bash", False),
        ("1.10", "airflow.contrib.operators.bigquery_operator", True),
        ("2.7", "airflow.timetables.datasets", False),
        ("3.3", "airflow.providers", True),
        ("3.3", "airflow.providers.apache", True),
        ("3.3", "airflow.providers.standard.operators.bash", True),
        ("3.3", "airflow.providers.cncf.kubernetes.operators.kubernetes_pod", None),
        ("3.3", "airflow.providers.of_our_own.operators", None),
        ("3.3", "airflow.example_dags.libs.helper", None),
        ("2.11", "airflow.config_templates.airflow_local_settings", True),
    ],
)
def test_module_existence_is_known_for_the_core_and_open_for_what_providers_once_had(
    version: str, module: str, exists: bool | None
) -> None:
    assert facts(version).module_exists(module) is exists


@pytest.mark.parametrize(
    ("version", "place", "there"),
    [
        ("3.3", "airflow.decorators.task", True),
        ("3.3", "airflow.utils.dates.days_ago", False),
        ("2.11", "airflow.utils.dates.days_ago", True),
        ("3.3", "airflow.utils.timezone.datetime", True),
        ("2.11", "airflow.operators.dummy.DummyOperator", True),
        ("2.11", "airflow.operators.bash", True),
        ("2.11", "airflow.operators.bush", False),
        ("2.11", "airflow.sdk.DAG", False),
        ("3.3", "airflow.providers.standard.operators.bash.BushOperator", None),
    ],
)
def test_names_are_told_apart_from_missing_ones(version: str, place: str, there: bool | None) -> None:
    module, _, name = place.rpartition(".")
    assert facts(version).has(module, name) is there


@pytest.mark.parametrize(
    ("version", "place", "canonical"),
    [
        ("2.11", "airflow.operators.python_operator.PythonOperator", "airflow.operators.python.PythonOperator"),
        ("3.3", "airflow.operators.python.PythonOperator", "airflow.providers.standard.operators.python.PythonOperator"),
        ("1.10", "airflow.operators.BashOperator", "airflow.operators.bash_operator.BashOperator"),
        ("2.11", "airflow.DAG", "airflow.models.dag.DAG"),
        ("3.3", "airflow.DAG", "airflow.sdk.definitions.dag.DAG"),
        ("3.3", "airflow.models.DAG", "airflow.sdk.definitions.dag.DAG"),
        ("3.3", "airflow.models.baseoperator.chain", "airflow.sdk.bases.operator.chain"),
        ("3.3", "airflow.decorators.task", "airflow.sdk.definitions.decorators.task"),
        ("3.3", "airflow.Dataset", "airflow.sdk.definitions.asset.Asset"),
        ("2.11", "airflow.datasets.Dataset", "airflow.datasets.Dataset"),
        ("2.11", "airflow.operators.bash", "airflow.operators.bash"),
        (
            "2.11",
            "airflow.contrib.operators.bigquery_operator.BigQueryOperator",
            "airflow.providers.google.cloud.operators.bigquery.BigQueryExecuteQueryOperator",
        ),
    ],
)
def test_a_name_leads_through_redirects_to_its_definition(version: str, place: str, canonical: str) -> None:
    module, _, name = place.rpartition(".")
    assert facts(version).resolve(module, name) == canonical


def test_an_unknown_name_leads_nowhere_and_is_its_own_canonical_place() -> None:
    assert facts("3.3").resolve("airflow.operators.bash", "BushOperator") is None
    assert facts("3.3").canonical("plugins.mine.BushOperator") == "plugins.mine.BushOperator"


@pytest.mark.parametrize("version", ["2.7", "2.11", "3.3"])
def test_classes_know_what_they_are(version: str) -> None:
    known = facts(version)
    kinds = {place: found.kind if (found := known.operator(place)) else None for place in PLACES}
    assert kinds == PLACES


PLACES = {
    "airflow.operators.bash.BashOperator": "operator",
    "airflow.sensors.external_task.ExternalTaskSensor": "sensor",
    "airflow.providers.amazon.aws.sensors.s3.S3KeySensor": "sensor",
    "airflow.providers.amazon.aws.hooks.s3.S3Hook": "hook",
    "airflow.providers.slack.notifications.slack.SlackNotifier": "notifier",
    "airflow.providers.databricks.operators.databricks_workflow.DatabricksWorkflowTaskGroup": "task-group",
    "airflow.timetables.interval.CronDataIntervalTimetable": "timetable",
    "airflow.utils.task_group.TaskGroup": "task-group",
    "airflow.DAG": "dag",
    "airflow.exceptions.AirflowException": None,
    "airflow.providers.nobody.operators.x.X": None,
}


def test_what_the_newest_release_of_a_provider_dropped_is_known_from_an_older_one() -> None:
    known = facts("2.7")
    assert known.canonical("airflow.providers.cncf.kubernetes.operators.kubernetes_pod.KubernetesPodOperator") == (
        "airflow.providers.cncf.kubernetes.operators.pod.KubernetesPodOperator"
    )
    dropped = known.operator("airflow.providers.postgres.operators.postgres.PostgresOperator")
    assert dropped is not None
    assert (dropped.kind, "sql" in (dropped.template_fields or ())) == ("operator", True)
    assert known.has(dropped.module, dropped.name) is None
    accepted = known.parameters(dropped.dotted)
    assert accepted is not None
    assert {"postgres_conn_id", "sql", "retries"} <= set(accepted)


def test_an_operator_tells_its_templated_fields_and_extensions() -> None:
    bash = facts("3.3").operator("airflow.operators.bash.BashOperator")
    assert bash is not None
    assert (bash.name, bash.template_fields, bash.template_ext) == ("BashOperator", ("bash_command", "env", "cwd"), (".sh", ".bash"))
    assert bash.own_parameters is not None
    assert bash.own_parameters["append_env"] == Parameter("append_env", "bool", False, True, False, True)
    assert bash.own_parameters["bash_command"].required


@pytest.mark.parametrize("version", ["2.7", "2.11", "3.3"])
def test_arguments_of_an_operator_include_those_of_its_ancestors(version: str) -> None:
    accepted = facts(version).parameters("airflow.providers.amazon.aws.sensors.s3.S3KeySensor")
    assert accepted is not None
    assert {"bucket_key", "poke_interval", "task_id", "retries", "trigger_rule"} <= set(accepted)
    assert "retires" not in accepted


def test_arguments_of_what_is_unknown_are_not_told() -> None:
    assert facts("3.3").parameters("plugins.mine.MyOperator") is None
    assert facts("3.3").parameters("airflow.providers.amazon.aws.hooks.s3.S3Hook") is None


@pytest.mark.parametrize(
    ("version", "kind", "operator"),
    [
        ("2.2", "virtualenv", "airflow.decorators.python_virtualenv._PythonVirtualenvDecoratedOperator"),
        ("2.11", "python", "airflow.decorators.python._PythonDecoratedOperator"),
        ("3.3", "python", "airflow.providers.standard.decorators.python._PythonDecoratedOperator"),
        ("3.3", "sensor", "airflow.providers.standard.decorators.sensor.DecoratedSensorOperator"),
        ("2.11", "docker", "airflow.providers.docker.decorators.docker._DockerDecoratedOperator"),
        ("3.3", "kubernetes", "airflow.providers.cncf.kubernetes.decorators.kubernetes._KubernetesDecoratedOperator"),
        ("3.3", "skip_if", None),
    ],
)
def test_a_task_decorator_tells_the_operator_that_it_makes(version: str, kind: str, operator: str | None) -> None:
    found = facts(version).decorator(kind)
    assert found is not None
    assert found.operator == operator
    assert kind in facts(version).decorator_kinds


def test_an_unknown_task_decorator_is_none() -> None:
    assert facts("3.3").decorator("pyhton") is None


def test_defaults_that_differ_between_versions_are_each_versions_own() -> None:
    older, newer = facts("2.11"), facts("3.3")
    assert (older.dag_parameters["catchup"].default, newer.dag_parameters["catchup"].default) == (True, False)
    assert "schedule_interval" in older.dag_parameters
    assert "schedule_interval" not in newer.dag_parameters
    assert older.configuration["scheduler.create_cron_data_intervals"] == "True"
    assert newer.configuration["scheduler.create_cron_data_intervals"] == "False"
    assert ("execution_date" in older.context, "execution_date" in newer.context) == (True, False)
    assert ("dummy" in older.trigger_rules, "dummy" in newer.trigger_rules) == (True, False)
    assert older.base_operator_defaults["retry_delay"] == newer.base_operator_defaults["retry_delay"] == {"seconds": 300.0}


def test_every_table_says_its_source_and_date_and_names_no_registry() -> None:
    files = sorted(tables.DATA.rglob("*.json"))
    assert len(files) > 50
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert {"source", "date"} <= set(json.loads(text)), path
        assert "pypi" not in text.splitlines()[1].lower(), path


def test_all_tables_together_stay_small() -> None:
    assert sum(path.stat().st_size for path in tables.DATA.rglob("*.json")) < 3_500_000


def test_a_redirect_in_a_circle_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    circle = {"modules": {"airflow.a": {"leads": {"x": "airflow.b.x"}}, "airflow.b": {"leads": {"x": "airflow.a.x"}}}, "classes": {}}
    (tmp_path / "core-9.9.json").write_text(json.dumps(circle))
    monkeypatch.setattr(tables, "DATA", tmp_path)
    assert tables.Facts("9.9").resolve("airflow.a", "x") in ("airflow.a.x", "airflow.b.x")
