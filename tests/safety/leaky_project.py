"""DAG files that hold secrets wherever a file can hold a text. Each place is a function that is given secrets and returns files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.safety.made_up import Secret

Secrets = Sequence[Secret]
Files = dict[str, str]
"""Texts by what follows the place's name in the file's name; a name with an ending of its own stands as it is."""

PLACES: dict[str, Callable[[Secrets], Files]] = {}

_HEAD = """\
import base64, importlib, json, os, pathlib, pendulum, yaml
from airflow import DAG
from airflow.models import Connection, Variable
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import Asset
from airflow.sensors.external_task import ExternalTaskSensor
from airflow.utils.task_group import TaskGroup
from dotenv import dotenv_values, load_dotenv
here = os.path.dirname(__file__)
"""
_DAG = """\
with DAG("{name}", schedule="@daily", start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), catchup=False{more}) as dag:
    first = BashOperator(task_id="first", bash_command="true")
{body}"""
_OWN = (".yml", ".json", ".env", "module.py")


def _place(make: Callable[[Secrets], Files]) -> Callable[[Secrets], Files]:
    PLACES[make.__name__.strip("_")] = make
    return make


def _dag(name: str, body: str = "", *, before: str = "", more: str = "") -> str:
    return _HEAD + before + _DAG.format(name=name, more=more, body="".join(f"    {line}\n" for line in body.splitlines()))


def _each(template: str, secrets: Secrets) -> str:
    """The template for each secret: `§n` is its number, `§s` its text as a literal, `§l` its text on one line."""
    return "\n".join(
        template.replace("§n", str(number)).replace("§s", repr(secret.text)).replace("§l", " ".join(secret.text.split()))
        for number, secret in enumerate(secrets)
    )


def _table(secrets: Secrets) -> str:
    return "{" + ", ".join(f"'p{number}': {secret.text!r}" for number, secret in enumerate(secrets)) + "}"


def _apart(text: Callable[[int, Secret], str], secrets: Secrets) -> Files:
    """A file for each of the first secrets."""
    return {f"_{number}": text(number, secret) for number, secret in enumerate(secrets[:4])}


@_place
def environment(secrets: Secrets) -> Files:
    return {"": _dag("environment", _each("BashOperator(task_id='a§n', bash_command='true', env={'X§n': §s})", secrets))}


@_place
def params(secrets: Secrets) -> Files:
    return {"": _dag("params", more=f", params={_table(secrets)}")}


@_place
def default_args(secrets: Secrets) -> Files:
    return {"": _dag("default_args", before=f"given = {_table(secrets)}\nDAG('given', schedule=None, default_args=given)\n")}


@_place
def formatted(secrets: Secrets) -> Files:
    return {"": _dag("formatted", _each("v§n = §s\nBashOperator(task_id='a§n', bash_command=f'echo {v§n}')", secrets))}


@_place
def joined(secrets: Secrets) -> Files:
    halves = "".join(
        f"c{number} = {secret.text[: len(secret.text) // 2]!r} + {secret.text[len(secret.text) // 2 :]!r}\n"
        for number, secret in enumerate(secrets)
    )
    return {
        "": _dag("joined", before=halves, more=", params={" + ", ".join(f"'p{number}': c{number}" for number in range(len(secrets))) + "}")
    }


@_place
def encoded(secrets: Secrets) -> Files:
    return {
        "": _dag("encoded", _each("BashOperator(task_id='a§n', bash_command='x', owner=base64.b64encode(§s.encode()).decode())", secrets))
    }


@_place
def comments(secrets: Secrets) -> Files:
    return {"": _dag("comments", _each("# §l", secrets))}


@_place
def docstring(secrets: Secrets) -> Files:
    return {"": '"""' + "\n".join(secret.text.replace("\\", "\\\\") for secret in secrets) + '\n"""\n' + _dag("docstring")}


@_place
def documentation(secrets: Secrets) -> Files:
    text = "\n".join(secret.text for secret in secrets)
    return {"": _dag("documentation", f"first.doc_md = {text!r}", more=f", doc_md={text!r}, description={text!r}")}


@_place
def dag_ids(secrets: Secrets) -> Files:
    return {"": _HEAD + _each("d§n = DAG(§s, schedule=None)", secrets)}


@_place
def task_ids(secrets: Secrets) -> Files:
    return {"": _dag("task_ids", _each("g§n = BashOperator(task_id=§s, bash_command='true')\nfirst >> g§n >> first", secrets))}


@_place
def groups(secrets: Secrets) -> Files:
    return {"": _dag("groups", _each("with TaskGroup(§s, tooltip=§s):\n    BashOperator(task_id='a§n', bash_command='true')", secrets))}


@_place
def schedules(secrets: Secrets) -> Files:
    return {"": _HEAD + _each("d§n = DAG('sch§n', schedule=§s, start_date=§s, tags=[§s], catchup=§s, default_view=§s)", secrets)}


@_place
def arguments(secrets: Secrets) -> Files:
    call = "BashOperator(task_id='a§n', bash_command='true', retries=§s, pool=§s, owner=§s, trigger_rule=§s, queue=§s, unknown_argument=§s)"
    return {"": _dag("arguments", _each(call, secrets))}


@_place
def lookups(secrets: Secrets) -> Files:
    asked = "x§n = open(§s).read(); y§n = Variable.get(§s); z§n = os.environ[§s]\nBashOperator(task_id=f'b{x§n}', bash_command=y§n + z§n)"
    return {"": _dag("lookups", _each(asked, secrets))}


@_place
def raised(secrets: Secrets) -> Files:
    return _apart(lambda number, secret: f"{_HEAD}dag = DAG('raised{number}')\nraise ValueError({secret.text!r})\n", secrets)


@_place
def refused(secrets: Secrets) -> Files:
    return _apart(lambda number, secret: f"{_HEAD}dag = DAG('refused{number}')\nx = {{}}[{secret.text!r}], int({secret.text!r})\n", secrets)


@_place
def imported(secrets: Secrets) -> Files:
    return {"": _HEAD + _each("__import__(§s)\nimportlib.import_module(§s)", secrets) + "\ndag = DAG('imported')\n"}


@_place
def global_names(secrets: Secrets) -> Files:
    return {"": _HEAD + _each("globals()[§s] = DAG('glob§n')", secrets)}


@_place
def templates(secrets: Secrets) -> Files:
    call = "BashOperator(task_id='a§n', bash_command='{{ ' + §s + ' }} {{ foo(' + repr(§s) + ') }} {% bad %}')"
    return {"": _dag("templates", _each(call, secrets))}


@_place
def statements(secrets: Secrets) -> Files:
    call = "SQLExecuteQueryOperator(task_id='a§n', conn_id='c', sql='insert into t select ' + repr(§s) + ' as x, now()')"
    broken = "SQLExecuteQueryOperator(task_id='b§n', conn_id='c', sql='insrt into t selec ' + repr(§s) + ' (')"
    return {"": _dag("statements", _each(f"{call}\n{broken}", secrets))}


@_place
def assets(secrets: Secrets) -> Files:
    return {"": _dag("assets", _each("BashOperator(task_id='a§n', bash_command='true', outlets=[Asset(§s)])", secrets))}


@_place
def other_dags(secrets: Secrets) -> Files:
    calls = "ExternalTaskSensor(task_id='a§n', external_dag_id=§s, external_task_id=§s)\nTriggerDagRunOperator(task_id='b§n', trigger_dag_id=§s, conf={'x': §s})"
    return {"": _dag("other_dags", _each(calls, secrets))}


@_place
def suppressions(secrets: Secrets) -> Files:
    return {"": _HEAD + _each("d§n = DAG('sup§n', schedule='61 * * * *')  # dagcheck: ignore[DAG301, §l] -- §l", secrets)}


@_place
def connections(secrets: Secrets) -> Files:
    made = (
        "c§n = Connection(conn_id='c§n', conn_type='http', host=§s, extra={'a': §s}, uri=§s)\n"
        "BashOperator(task_id='a§n', bash_command=str(c§n), env={'u': c§n.get_uri()}, retries=c§n.host)"
    )
    return {"": _dag("connections", _each(made, secrets))}


@_place
def callables(secrets: Secrets) -> Files:
    made = (
        "def f§n(x=§s):\n    print(§s)\n    return §s\n"
        "PythonOperator(task_id='a§n', python_callable=f§n, op_args=[§s], op_kwargs={'a': §s})"
    )
    return {"": _dag("callables", _each(made, secrets))}


_USES = """\
d = DAG('{name}', schedule=None, params=table, default_args={{'x': table}}, tags=list(table.values()))
for number, (key, value) in enumerate(table.items()):
    BashOperator(task_id=f'y{{number}}', bash_command=value, retries=value, owner=value, pool=value, dag=d)
"""


def _as_table(secrets: Secrets) -> dict[str, str]:
    return {f"p{number}": secret.text for number, secret in enumerate(secrets)}


@_place
def yaml_files(secrets: Secrets) -> Files:
    read = "table = yaml.safe_load(open(os.path.join(here, 'data.yml')))\n"
    return {
        "": _HEAD + read + _USES.format(name="yaml_files"),
        "data.yml": "".join(f"{key}: {json.dumps(text)}\n" for key, text in _as_table(secrets).items()),
    }


@_place
def json_files(secrets: Secrets) -> Files:
    read = "table = json.load(open(os.path.join(here, 'data.json')))\n"
    return {"": _HEAD + read + _USES.format(name="json_files"), "data.json": json.dumps(_as_table(secrets))}


@_place
def environment_files(secrets: Secrets) -> Files:
    read = "load_dotenv(os.path.join(here, '.env'))\ntable = dotenv_values(os.path.join(here, '.env'))\nBashOperator(task_id='e', bash_command=os.environ['p0'])\n"
    return {
        "": _HEAD + read + _USES.format(name="environment_files"),
        ".env": "".join(f"{key}={json.dumps(text)}\n" for key, text in _as_table(secrets).items()),
    }


@_place
def helpers(secrets: Secrets) -> Files:
    return {
        "": f"{_HEAD}from helper_module import table\n" + _USES.format(name="helpers"),
        "helper_module.py": f"table = {_table(secrets)}\n",
    }


@_place
def settings(secrets: Secrets) -> Files:
    """What the configuration says of the environment and of Variables: see `configuration`."""
    read = "table = {" + ", ".join(f"'a{n}': os.environ['CFG{n}'], 'b{n}': Variable.get('var{n}')" for n in range(len(secrets))) + "}\n"
    return {"": _HEAD + read + _USES.format(name="settings")}


@_place
def broken_lines(secrets: Secrets) -> Files:
    return _apart(lambda number, secret: f"{_HEAD}dag = DAG('broken{number}'\nx = {secret.text!r} y = (\n", secrets)


@_place
def open_texts(secrets: Secrets) -> Files:
    return _apart(lambda number, secret: f"{_HEAD}dag = DAG('open{number}')\nx = '{' '.join(secret.text.split())}\n", secrets)


@_place
def file_names(secrets: Secrets) -> Files:
    fit = [secret for secret in secrets if "/" not in secret.text and "\n" not in secret.text and len(secret.text) < 150]
    return {f"_{secret.text}": f"{_HEAD}dag = DAG('named{number}', schedule='61 * * * *')\n" for number, secret in enumerate(fit)}


def write(folder: Path, by_place: Mapping[str, Secrets]) -> None:
    """Write a project with these secrets at these places."""
    (folder / "dags").mkdir(parents=True)
    for name, secrets in by_place.items():
        for ending, text in PLACES[name](secrets).items():
            path = folder / "dags" / (ending if ending.endswith(_OWN) else f"{name}{ending}.py")
            path.write_text(text, encoding="utf-8")
    (folder / "dagcheck.toml").write_text(_configuration(by_place.get("settings", ())), encoding="utf-8")


def _configuration(secrets: Secrets) -> str:
    env = "".join(f"CFG{number} = {json.dumps(secret.text)}\n" for number, secret in enumerate(secrets))
    variables = "".join(f"var{number} = {json.dumps(secret.text)}\n" for number, secret in enumerate(secrets))
    return f'dags = ["dags"]\n[env]\n{env}[variables]\n{variables}'
