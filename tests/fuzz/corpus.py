"""What fuzzing begins with: our own DAG files, the examples of the rules, hostile programs, and pieces that tempt."""

from __future__ import annotations

from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PIECES = (
    "from airflow import DAG\n",
    "with DAG('d', schedule='@daily'):\n    pass\n",
    "default_args={'password': 'hunter2hunter2'}",
    "[t1, t2] >> t3",
    "BashOperator(task_id='b', bash_command='{{ ds }} {% for i in x %}')",
    ".expand(x=[1, 2])",
    "# dagcheck: ignore[DAG101, DAG301] -- why",
    "# dagcheck: ignore-file[*]",
    "f'{x!r:>{width}}'",
    "datetime(9999, 12, 31, 23, 59, 59, 999999)",
    "timedelta(days=999999999)",
    "timedelta(microseconds=-1)",
    "float('nan')",
    "-1",
    "10**10**10",
    "''",
    "'\\ud800'",
    "'\\x00'",
    "'𝄞'",
    "None",
    "...",
    "*args",
    "**kwargs",
    "lambda: (yield)",
    "[x for x in x]",
    "{**{}}",
    "'0 0 31 2 *'",
    "'*/0 * * * *'",
    "'@every 5m'",
    "pytz.timezone('Nowhere/Land')",
    "pendulum.datetime(2024, 3, 31, 2, 30, tz='Europe/Oslo')",
    "globals()[x] = dag",
    "del dag",
    "match x:\n    case {'a': [*_, y], **rest} if y: pass\n",
    "async def f():\n    async for x in y: yield x\n",
    "class A(metaclass=A): pass\n",
    "try:\n    raise\nexcept* ValueError:\n    pass\n",
    "@property\n",
    "print(f'{x=}')",
    "x: int = (y := 1)",
    "task_id='a.b.c'",
    "dag_id=''",
    "trigger_rule='none'",
    "retry_delay=-5",
    "sql='SELECT * FROM t WHERE d = \\'{{ ds }}\\''",
    "sql=['INSERT INTO t VALUES (1)', None]",
    "schedule=[Asset('a'), Asset('b')]",
    "schedule=Asset('a') | (Asset('b') & Asset('c'))",
    "while True: x = x + x\n",
    "import sys; sys.path.insert(0, '..')\n",
    "\f",
    "\r",
    "\u2028",
    "\ufeff",
)
"""Texts that are put into others."""


@cache
def programs() -> tuple[str, ...]:
    """Python files, in a stable order."""
    files = [path for folder in ("fixtures", "tests/rules") for path in sorted((ROOT / folder).rglob("*.py"))]
    texts = [path.read_bytes().decode("utf-8", "replace") for path in files if path.stat().st_size < 20_000]
    return tuple(dict.fromkeys([*texts, *_examples(), *_hostile()]))


def _examples() -> list[str]:
    from dagcheck.engine.packs import load_packs

    return [example.source for rule in load_packs() for example in (*rule.bad, *rule.good)]


def _hostile() -> list[str]:
    from tests.unit.evaluate.hostile import PROGRAMS

    return list(PROGRAMS.values())


SQL = (
    "INSERT INTO t (a, b) SELECT a, b FROM s WHERE d = '{{ ds }}'",
    "DELETE FROM t WHERE d = '{{ ds }}'; INSERT INTO t SELECT * FROM s",
    "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = s.b WHEN NOT MATCHED THEN INSERT (a, b) VALUES (s.a, s.b)",
    "CREATE OR REPLACE TABLE t AS WITH x AS (SELECT 1 AS a) SELECT *, row_number() OVER (PARTITION BY a ORDER BY b) FROM x",
    "INSERT OVERWRITE TABLE t PARTITION (d = '{{ ds }}') SELECT * FROM s",
    "COPY t FROM 's3://bucket/{{ ds }}' CREDENTIALS 'aws_access_key_id=x;aws_secret_access_key=y'",
    "BEGIN; TRUNCATE t; INSERT INTO t VALUES (1, 'a', now()), (2, $$b$$, NULL) ON CONFLICT (a) DO UPDATE SET b = excluded.b; COMMIT",
    "UPDATE t SET n = n + 1 WHERE d BETWEEN {{ data_interval_start }} AND {{ data_interval_end }} -- note\n/* a */",
    "{% for t in params.tables %} DROP TABLE IF EXISTS {{ t }}; {% endfor %}",
    "EXECUTE IMMEDIATE 'select ' || x; CALL p(1); GRANT ALL ON t TO public",
)

TEMPLATES = (
    "{{ ds }}",
    "{{ macros.ds_add(ds, -7) | replace('-', '') }}",
    "{% if params.full %}--full{% else %}--since {{ prev_ds or 'never' }}{% endif %}",
    "{% for x in range(3) %}{{ loop.index }}{% if not loop.last %},{% endif %}{% endfor %}",
    "{{ ti.xcom_pull(task_ids=['a', 'b'], key='k', dag_id='d')[0]['x'] }}",
    "{{ var.value.get('a', 'b') }} {{ var.json.a.b }} {{ conn.db.password }}",
    "{% set x = namespace(n=0) %}{% macro m(a, b=1) %}{{ a ~ b }}{% endmacro %}{{ m(1) }}",
    "{% raw %}{{ ds }}{% endraw %}{# note #}",
    "{{ data_interval_start.in_timezone('Europe/Oslo').strftime('%Y') }}",
    "{{ [1, 2] | map('string') | join(',') | upper }} {{ 1 is divisibleby 2 }}",
    "{% include 'x.sql' %}{% import 'y' as z %}{% extends 'a' %}{% block b %}{{ super() }}{% endblock %}",
)

CONFIGURATIONS = (
    'dags = ["dags"]\nairflow = "3.3"\nselect = ["DAG1", "DAG401"]\nfail-on = "error"\n',
    '[env]\nSTAGE = "prod"\n[airflow-settings]\n"core.default_timezone" = "Europe/Oslo"\n',
    '[per-file-ignores]\n"old/**" = ["DAG3"]\n[severity]\nDAG301 = "info"\n',
    '[[policy]]\ncode = "ACME1"\nname = "owner"\nmessage = "no owner"\ntasks = "owner absent and retries > 2"\nrequire = "retries >= 2"\n',
    'extend = "other.toml"\nroots = ["."]\nexclude = ["**/x"]\ninclude = ["*.py"]\nbaseline = "b.json"\n',
    '[rules.DAG901]\nallowed = ["a"]\n[variables]\na = {b = [1, 2.5, 1979-05-27T07:32:00Z]}\n',
)

PATTERNS = (
    "[a-z][a-z0-9_]*\n(?:load|extract)_\\w+\n^(\\w+)-(\\w+)$\n(a|b)*c?",
    "(a+)+$\n.*a.*b.*\n(?P<x>a)(?P=x)?(?(x)b|c)\n(?>a*)b\na++b",
    "(?i)[^/]*\\.py\n(?=.*\\d)(?!b).{2,5}?\n\\bx{1,3}\\Z\n[[:a:]-z]\n(?#x)(?x: a b )",
)

IGNORES = (
    "*a*a*a*a*a*b\n**/a/**/a/**/a/**/b\n!a*b*a*b*a*b\n.*a.*a.*a.*b\n(a+)+$\n",
    "*.py\n!a.py\n/dir/\n**/x\n",
    "# note\n[a-z]+.*\\.py$\n\\!x\n\\#y\n",
    "a[!b]c\n***\n[\n(\n\\\n{1,2}\n",
    "  \n\t\n!\n/\n//\n!!\n",
)

YAMLS = (
    (
        "default:\n  default_args: {owner: a, start_date: 2024-01-01}\n"
        "d:\n  schedule_interval: '0 3 * * *'\n  tasks:\n    a:\n      operator: airflow.operators.bash.BashOperator\n"
        "      bash_command: 'echo {{ ds }}'\n    b:\n      operator: airflow.operators.bash.BashOperator\n      bash_command: x\n      dependencies: [a]\n"
    ),
    "a: &a [1, 2]\nb: *a\nc: !!python/object/apply:os.system ['true']\n? [x, y]\n: z\n<<: {m: n}\n",
    "- 1\n- 0o17\n- 1:30\n- ~\n- yes\n- .inf\n- 2024-01-01 10:00:00 +2\n- |\n  text\n- >-\n  folded\n",
)

DEMO = """\
import pendulum
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

START = pendulum.datetime(2024, 1, 1)
with DAG("demo", schedule="0 25 * * *", start_date=START, default_args={"owner": "data", "retries": 2}, tags=["a"]) as dag:
    first = BashOperator(task_id="first", bash_command="echo {{ ds }}", pool="small", env={"A": "b"})
    second = PythonOperator(task_id="second", python_callable=print, op_args=[first.output])
    first >> second >> [BashOperator(task_id=f"more_{i}", bash_command="true") for i in range(3)]
"""
"""A DAG file with a finding or two."""

APPENDING = """\
from datetime import datetime
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import DAG

with DAG("appending", schedule="@daily", start_date=datetime(2024, 3, 1), catchup=True):
    load = SQLExecuteQueryOperator(
        task_id="load",
        conn_id="warehouse_postgres",
        sql="INSERT INTO mart.days (day, n) SELECT day, count(*) FROM shop.orders WHERE day = '{{ ds }}' GROUP BY day",
    )
    load >> SQLExecuteQueryOperator(task_id="sum", conn_id="warehouse_postgres", sql="INSERT INTO mart.sums SELECT sum(n) FROM mart.days")
"""
"""A DAG file that a retry leaves with more rows."""

REPLAYS = (
    """{"version": 1, "dag_id": "appending", "path": "dags/appending.py", "seed": 0, "airflow": "3.3", "history": {"runs": 2, "world": 0, "steps": [
 {"kind": "attempt", "run": 0, "task": "load", "crash": 1}, {"kind": "attempt", "run": 1, "task": "load", "index": -1, "hold": 0},
 {"kind": "resume", "run": 1, "task": "load"}, {"kind": "clear", "run": 0, "task": "sum"}, {"kind": "clear", "run": 0}]}}""",
    """{"version": 1, "dag_id": "appending", "path": "dags", "seed": 3, "airflow": "2.11", "history": {"runs": 3, "world": 1, "steps": [
 {"kind": "settle", "runs": 1}, {"kind": "elapse", "minutes": 90}, {"kind": "arrive"}, {"kind": "attempt", "run": 2, "task": "sum", "crash": 0}]}}""",
)

POLICIES = (
    "owner absent and retries > 2",
    "tags = prod or not (schedule == '@daily' and catchup = true)",
    "id match '^[a-z]+(_[a-z]+)*$' and argument.pool in (small, large)",
    "execution_timeout <= 2h and retry_delay >= 5m",
    "path not match 'dags/.*' or operator in (BashOperator, 'PythonOperator')",
    "tasks < 10 and owner required",
    "*",
)

COMMENTS = (
    "x = 1  # dagcheck: ignore[DAG101, cyclic-dependency] -- why\n",
    "# dagcheck: ignore-file[DAG3, *] -- all of it\ny = (\n    1,  # dagcheck: ignore\n)\n",
    "x = '''# dagcheck: ignore[DAG101]'''  # dagcheck:ignore [ DAG101 ]--\\\n# noqa # dagcheck: ignore[DAG1\n",
)

DATA = (
    '{"a": [1, 2.5e3, null], "b": {"c": "d"}}\n',
    "a: [1, 2]\nb: {c: d, e: 2024-01-01}\n---\nf: !x y\n",
    "a = 1\nb = [1, 1979-05-27T07:32:00Z]\n[c]\nd = 'e'\n[[f]]\n",
    'a,b,c\n1,"x, y",\n"q""r",2\n',
    "[section]\nkey = %(other)s\nother: x\n[DEFAULT]\n; note\n",
    "INSERT INTO t SELECT * FROM s WHERE d = '{{ ds }}' {% include 'data.sql' %}",
    "import os, airflow\nNAMES = ['a', 'b']\nfrom dags import dag\nprint(os.environ['X'])\n",
    "requests>=2,<3 # note\n-r other.txt\nx @ git+https://user:secret@host/y ; python_version < '3'\n",
)
"""What data files, templates and helper modules hold."""

BASELINES = (
    '{"tool": "dagcheck", "version": 1, "files": {}, "findings": [{"path": "a.py", "code": "DAG101", "fingerprint": "x", "message": "m"}]}',
)

LITERALS = (
    "0 5 * * 1-5",
    "*/15 0-23/2 L * MON#2",
    "@monthly",
    "2024-01-01T00:00:00+01:00",
    "P1Y2M3DT4H",
    "../../etc/x.sql",
    "(a+)+$",
    "%Y-%m-%d {x!r:>{w}}",
    '{"a": [1, 2.5e300, null]}',
    "a: [b, {c: d}]",
    "postgresql://user:secret@host:5432/db?sslmode=disable",
    "echo {{ ds }} && rm -rf $HOME `x` $(y)",
    "AKIAABCDEFGHIJKLMNOP",
)
