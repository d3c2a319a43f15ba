"""What Airflow refuses while it loads a file leaves no DAG of the file exact, since nothing of it is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagcheck.airflow.extract import extract
from dagcheck.airflow.target import Target
from dagcheck.source.project import ProjectFiles

HEAD = "from datetime import datetime\nfrom airflow import DAG\nfrom airflow.operators.empty import EmptyOperator as Op\nS = datetime(2024, 1, 1)\n"
FINE = 'with DAG("fine", schedule=None, start_date=S):\n    Op(task_id="t")\n'
OF_TASK = 'with DAG("d", schedule="@daily"):\n    Op(task_id="t", start_date=S)\n'
OF_NEITHER = 'with DAG("d", schedule=None):\n    Op(task_id="t")\n'
IN_DEFAULTS = 'with DAG("d", schedule="@daily", default_args={"start_date": S}):\n    Op(task_id="t")\n'


def exact(source: str, version: str) -> dict[object, bool]:
    place = Path("/p/dags/main.py")
    project = ProjectFiles([place.parent], base=place.parent, texts={place: (HEAD + FINE + source).encode()})
    return {dag.dag_id: dag.exact for dag in extract(project.source(place), project, Target(version)).dags}


@pytest.mark.parametrize(
    ("source", "version", "loads"),
    [
        (OF_TASK, "2.7", True),
        (OF_TASK, "2.11", False),
        (OF_TASK, "3.3", True),
        (OF_NEITHER, "2.7", False),
        (OF_NEITHER, "2.11", True),
        (OF_NEITHER, "3.3", True),
        (IN_DEFAULTS, "2.7", True),
        (IN_DEFAULTS, "2.11", True),
    ],
)
def test_a_start_date_is_missed_by_airflow_2(source: str, version: str, loads: bool) -> None:
    assert exact(source, version) == {"fine": loads, "d": loads}


def test_a_task_id_that_is_used_twice_loses_the_whole_file() -> None:
    twice = 'with DAG("d", schedule=None, start_date=S):\n    Op(task_id="t")\n    Op(task_id="t")\n'
    assert exact(twice, "3.3") == {"fine": False, "d": False}


IMPORTS = {"Py": "from airflow.operators.python import PythonOperator as Py\n"}
IMPORTS["DockerOperator"] = "from airflow.providers.docker.operators.docker import DockerOperator\n"


@pytest.mark.parametrize(
    ("call", "version", "loads"),
    [
        ("Op(task_id='t', typo=1)", "2.11", False),
        ("Op(task_id='t', retries=1)", "2.11", True),
        ("Op.partial(task_id='t', typo=1).expand(retries=[1])", "3.3", False),
        ("Py(task_id='t', python_callable=print, provide_context=True)", "2.11", True),
        ("Py(task_id='t', python_callable=print, provide_context=False)", "2.11", False),
        ("Py(task_id='t', python_callable=print, provide_context=True)", "3.3", False),
        ("DockerOperator(task_id='t', image='i', typo=1)", "3.3", False),
        ("DockerOperator(task_id='t', image='i', typo=1)", "2.7", True),
    ],
)
def test_an_argument_that_no_operator_of_the_version_takes_loses_the_file(call: str, version: str, loads: bool) -> None:
    source = f"{IMPORTS.get(call.partition('(')[0], '')}with DAG('d', schedule=None, start_date=S):\n    {call}\n"
    assert exact(source, version) == {"fine": loads, "d": loads}


def test_an_operator_of_the_project_takes_what_its_constructor_names() -> None:
    own = "class Own(Op):\n    def __init__(self, table, **kwargs):\n        super().__init__(**kwargs)\nwith DAG('d', schedule=None, start_date=S):\n"
    assert exact(f"{own}    Own(task_id='t', table='x')\n", "3.3") == {"fine": True, "d": True}
    assert exact(f"{own}    Own(task_id='t', table='x', typo=1)\n", "3.3") == {"fine": False, "d": False}
    assert exact(f"{own}    Own.partial(task_id='t').expand(table=['x'])\n", "3.3") == {"fine": True, "d": True}


def test_an_argument_that_dag_does_not_take_loses_the_file() -> None:
    assert exact("DAG('d', schedule=None, typo=1)\n", "3.3") == {"fine": False}


def test_tasks_and_edges_are_known_though_an_argument_is_not_taken() -> None:
    place = Path("/p/dags/main.py")
    text = f"{HEAD}with DAG('d', schedule_interval='@daily', start_date=S):\n    Op(task_id='a', typo=1) >> Op(task_id='b')\n"
    project = ProjectFiles([place.parent], base=place.parent, texts={place: text.encode()})
    (dag,) = extract(project.source(place), project, Target("3.3")).dags
    assert dag.complete
    assert not dag.exact
    assert dag.edges == (("a", "b"),)


def test_a_module_that_bears_the_name_of_a_library_may_be_the_library() -> None:
    place = Path("/p/dags/main.py")
    text = f"{HEAD}from pandas import DataFrame\nimport pandas\nF = pandas.Series\n{FINE}"
    texts = {place: text.encode(), place.with_name("pandas") / "__init__.py": b"", place.with_name("pandas") / "own.py": b""}
    project = ProjectFiles([place.parent], base=place.parent, texts=texts)
    found = extract(project.source(place), project, Target("3.3"))
    assert [error.message for error in found.errors] == []
    assert [dag.dag_id for dag in found.dags] == ["fine"]


OPERATORS = {
    "Bash": "from airflow.operators.bash import BashOperator as Bash\n",
    "Python": "from airflow.operators.python import PythonOperator as Python\n",
    "Day": "from airflow.sensors.weekday import DayOfWeekSensor as Day\n",
    "Wait": "from airflow.sensors.external_task import ExternalTaskSensor as Wait\n",
    "Hour": "from airflow.operators.datetime import BranchDateTimeOperator as Hour\n",
}


@pytest.mark.parametrize("version", ["2.11", "3.3"])
@pytest.mark.parametrize(
    "call",
    [
        "Bash(task_id='t')",
        "Python(task_id='t')",
        "Python(task_id='t', python_callable='load')",
        "Op(task_id='t', retries='many')",
        "Op(task_id='t', retry_delay='5m')",
        "Op(task_id='t', execution_timeout=5)",
        "Op(task_id='t', trigger_rule='always_and_ever')",
        "Op(task_id='t', pool_slots=0)",
        "Op(task_id='t', priority_weight='high')",
        "Op(task_id='t', wait_for_downstream=1)",
        "Op(task_id='t', email=3)",
        "Op(task_id='t', executor=3)",
        "Day(task_id='t', week_day='Funday')",
        "Day(task_id='t', week_day=3)",
        "Day(task_id='t', week_day='Monday', mode='sleep')",
        "Day(task_id='t', week_day='Monday', poke_interval=-1)",
        "Day(task_id='t', week_day='Monday', timeout='1h')",
        "Wait(task_id='t', external_dag_id='x', external_task_id='a', external_task_ids=['b'])",
        "Wait(task_id='t', external_dag_id='x', external_task_id='a', external_task_group_id='g')",
        "Hour(task_id='t', follow_task_ids_if_true='a', follow_task_ids_if_false='b', target_lower=None, target_upper=None)",
    ],
)
def test_a_value_that_a_constructor_refuses_loses_the_whole_file(call: str, version: str) -> None:
    source = f"{OPERATORS.get(call.partition('(')[0], '')}with DAG('d', schedule=None, start_date=S):\n    {call}\n"
    assert exact(source, version) == {"fine": False, "d": False}


@pytest.mark.parametrize("version", ["2.7", "2.11", "3.3"])
@pytest.mark.parametrize(
    "call",
    [
        "Bash(task_id='t', bash_command='true')",
        "Python(task_id='t', python_callable=print, op_args=[1])",
        "Op(task_id='t', retries=3, retry_delay=60, execution_timeout=None, trigger_rule='all_done', pool_slots=2, priority_weight=-1)",
        "Op(task_id='t', retries='3', email=['a@example.org'], queue='q', depends_on_past=True, executor_config={})",
        "Day(task_id='t', week_day={'Monday', 'friday'}, mode='reschedule', poke_interval=30.5, timeout=60)",
        "Wait(task_id='t', external_dag_id='x', external_task_ids=['b'], execution_delta=S - S)",
        "Wait(task_id='t', external_dag_id='x', external_task_id=None, external_task_ids=['b'])",
        "Hour(task_id='t', follow_task_ids_if_true='a', follow_task_ids_if_false='b', target_lower=None, target_upper=S)",
    ],
)
def test_a_value_that_a_constructor_takes_does_no_harm(call: str, version: str) -> None:
    source = f"{OPERATORS.get(call.partition('(')[0], '')}with DAG('d', schedule=None, start_date=S):\n    {call}\n"
    assert exact(source, version) == {"fine": True, "d": True}


def test_default_args_may_give_what_a_call_does_not() -> None:
    given = (
        "from company import ARGUMENTS\n"
        + OPERATORS["Bash"]
        + "with DAG('d', schedule=None, start_date=S, default_args=%s):\n    Bash(task_id='t')\n"
    )
    assert exact(given % "{'bash_command': 'true'}", "3.3") == {"fine": True, "d": True}
    assert exact(given % "ARGUMENTS", "3.3")["fine"]


def test_the_tasks_of_a_dag_with_a_value_that_is_refused_are_known_all_the_same() -> None:
    place = Path("/p/dags/main.py")
    source = HEAD + "with DAG('d', schedule=None, start_date=S):\n    Op(task_id='t', trigger_rule='always_and_ever')\n"
    project = ProjectFiles([place.parent], base=place.parent, texts={place: source.encode()})
    (dag,) = extract(project.source(place), project, Target("3.3")).dags
    assert (dag.exact, dag.complete) == (False, True)
