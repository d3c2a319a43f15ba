from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.rule import Bad, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import replace_value
from dagcheck_rules.security._detection.text import Folding
from dagcheck_rules.security._flow.commands import shell_text
from dagcheck_rules.security._flow.steps import Step, steps

if TYPE_CHECKING:
    from dagcheck.model.dag import File
    from dagcheck.rule.context import FileContext

_PICKLES = frozenset(
    f"{module}.{function}"
    for module in ("pickle", "cPickle", "_pickle", "dill", "cloudpickle")
    for function in ("load", "loads", "Unpickler")
)
_WORTH = re.compile(r"\beval\b|\bexec\b|pickle|dill|yaml|shell\s*=|\bsystem\b|popen|getoutput|_shell|\bsh\b")
_UNSAFE_LOADERS = frozenset(["Loader", "UnsafeLoader", "CLoader"])


class UnsafeEvaluation(Rule):
    """Data runs as code: `eval`, `exec`, `pickle`, `yaml.load`, a shell.

    Also told: `shell=True` with a value that exists only at run time. Whoever can change the data, a file in a bucket, a row, a response, an upstream task's
    result, runs code with all the worker's connections. `ast.literal_eval`, JSON, `yaml.safe_load` and argument lists without a shell do the same work without
    the risk. Leave it where the data never leaves the worker, with a suppression that says so.
    """

    meta = Meta(code="DAG413", name="unsafe-evaluation", severity="warning", since="0.1", fix="unsafe")
    bad = (
        Bad(
            title="Text that is run, in a PythonOperator",
            source="""
from airflow import DAG
from airflow.operators.python import PythonOperator

def transform(expression, row):
    return eval(expression, {}, row)  # DAG413

with DAG("rules", schedule=None):
    PythonOperator(task_id="transform", python_callable=transform, op_kwargs={"expression": "{{ var.value.rule }}", "row": {}})
""",
        ),
        Bad(
            title="YAML with the loader that makes objects",
            source="""
import yaml
from airflow import DAG

with open("/opt/airflow/dags/config.yaml") as file:
    CONFIG = yaml.load(file, Loader=yaml.Loader)  # DAG413

for name in CONFIG:
    DAG(name, schedule=None)
""",
            fixed="""
import yaml
from airflow import DAG

with open("/opt/airflow/dags/config.yaml") as file:
    CONFIG = yaml.safe_load(file)

for name in CONFIG:
    DAG(name, schedule=None)
""",
        ),
        Bad(
            title="Pickles and shells in TaskFlow tasks",
            source="""
import pickle
import subprocess
from airflow.decorators import dag, task
from airflow.providers.amazon.aws.hooks.s3 import S3Hook

@dag(schedule=None)
def score():
    @task
    def model():
        return len(pickle.loads(S3Hook().read_key("model.pkl", "models")))  # DAG413

    @task
    def run(table):
        subprocess.run("load.sh " + table, shell=True, check=True)  # DAG413

    model() >> run("orders")

score()
""",
        ),
    )
    good = (
        Good(
            title="Safe ways to read data",
            source="""
import ast
import re
import json
import yaml
from airflow import DAG
from airflow.operators.python import PythonOperator

def read(text):
    return ast.literal_eval(text), json.loads(text), yaml.safe_load(text), yaml.load(text, Loader=yaml.SafeLoader)

with DAG("read", schedule=None):
    PythonOperator(task_id="read", python_callable=read, op_args=["[]"])
""",
        ),
        Good(
            title="Methods that only share a name",
            source="""
from airflow.decorators import dag, task

@dag(schedule=None)
def train():
    @task
    def score(model=None, frame=None, session=None):
        model.eval()
        session.exec("select 1")
        return frame.eval("a + b")

    score()

train()
""",
        ),
        Good(
            title="Shells with fixed or quoted text, for generated tasks",
            source="""
import shlex
import subprocess
from airflow import DAG
from airflow.operators.python import PythonOperator

COMMAND = "df -h | tail -1"

def check(path):
    subprocess.run(COMMAND, shell=True, check=True)
    subprocess.run(f"ls {shlex.quote(path)} | wc -l", shell=True, check=True)
    subprocess.run(["ls", path], check=True)

with DAG("disk", schedule=None):
    for path in ("/data", "/tmp"):
        PythonOperator(task_id=f"check{path.replace('/', '_')}", python_callable=check, op_args=[path])
""",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterator[Finding]:
        if context.source is None or not _WORTH.search(context.source.text):
            return
        found = {
            context.span(call): (call, told)
            for step in steps(context.tree)
            for call in step.calls()
            if (told := _unsafe(call, step, context))
        }
        for span, (call, (message, advice)) in sorted(found.items()):
            yield Finding(message, span, help=advice, fix=_fix(call, context), subject=message.split(" ")[0])


def _unsafe(call: ast.Call, step: Step, context: FileContext) -> tuple[str, str] | None:
    path = context.dotted(call.func) or ""
    if path in ("eval", "exec", "builtins.eval", "builtins.exec") and call.args and not _fixed(call.args[0], step):
        return f"`{path}` runs data as Python code", "Use `ast.literal_eval`, `json.loads`, or a table of functions."
    if path in _PICKLES:
        return f"`{path}` runs code that the data may hold", "Use JSON, Parquet or the library's own format, or check a signature before."
    if path in ("yaml.unsafe_load", "yaml.unsafe_load_all") or (path in ("yaml.load", "yaml.load_all") and _unsafe_loader(call, context)):
        return f"`{path}` can make any Python object, and so run code", "Use `yaml.safe_load`."
    command = shell_text(call)
    labels = step.names.of(command)
    if command is not None and "runtime" in labels and "caller" not in labels:
        return (
            f"`{path}` hands a run-time value to a shell",
            "Give the arguments as a list without a shell, or quote the value with `shlex.quote`.",
        )
    return None


def _fixed(node: ast.expr, step: Step) -> bool:
    text = Folding(step.scope.lookup).text(node)
    return text is not None and text.known


def _unsafe_loader(call: ast.Call, context: FileContext) -> bool:
    given = call.args[1] if len(call.args) > 1 else next((keyword.value for keyword in call.keywords if keyword.arg == "Loader"), None)
    return given is None or (context.dotted(given) or "").rpartition(".")[2] in _UNSAFE_LOADERS


def _fix(call: ast.Call, context: FileContext) -> Fix | None:
    """`yaml.safe_load(…)`, where the call stands on one line and gives the loader, if any, last."""
    if (
        context.dotted(call.func) not in ("yaml.load", "yaml.load_all")
        or len(call.args) != 1
        or len(call.keywords) > 1
        or context.source is None
    ):
        return None
    if not isinstance(call.func, ast.Attribute) or context.source.lowered:
        return None
    owner, given = context.text(context.span(call.func.value)), context.text(context.span(call.args[0]))
    return Fix("Load with the safe loader", (replace_value(context.span(call), f"{owner}.safe_{call.func.attr}({given})"),), "unsafe")
