"""Outcomes of small projects that exist only in memory."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from dagcheck.commands.judging import Choice, judge
from dagcheck.commands.workspace import Workspace
from dagcheck.engine.outcome import Outcome

BASE = Path("/nowhere/project")
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

CIRCLE = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

with DAG("circle <|> 100%", schedule=None):
    a = EmptyOperator(task_id="a")
    b = EmptyOperator(task_id="b")
    a >> b
    b >> a
"""

SUPPRESSED = """
from airflow.sdk import DAG

with DAG("wrong", schedule="61 * * * *"):  # dagcheck: ignore[DAG306] -- will be mended, "soon"
    pass
"""

BROKEN = "from airflow import DAG\nprint 'dag'\n"


def password() -> str:
    """A password-like value, put together when the tests run."""
    return "".join(["tr0ub", "4dor", "&", "Xk9", "qZ"])


def with_secret() -> str:
    """A DAG file with a password in it."""
    return f"""
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator

with DAG("leaky", schedule=None):
    PythonOperator(task_id="t", python_callable=print, op_kwargs={{"password": "{password()}"}})
"""


def outcome_of(files: dict[str, str], config: dict[str, Any] | None = None) -> Outcome:
    """What a check of the files says, as of the first of January 2026, for Airflow 3.3."""
    texts = {BASE / path: text.encode() for path, text in files.items()}
    workspace = Workspace(base=BASE, config=config or {}, airflow="3.3", texts=texts, now=NOW)
    return judge(workspace, list(texts), Choice(), need_dags=False)


def everything() -> Outcome:
    """Findings of all kinds, odd paths, a suppressed one and a secret."""
    return outcome_of({"dags/circle.py": CIRCLE, "dags/ä b%.py": SUPPRESSED, "dags/broken.py": BROKEN, "dags/leaky.py": with_secret()})
