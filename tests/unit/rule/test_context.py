"""What rules can ask beside the model."""

import ast
import datetime
from pathlib import Path

import pytest

from dagcheck.model.dag import File
from dagcheck.model.values import FunctionRef, Span
from dagcheck.rule import FileContext, Setting
from dagcheck.source.project import ProjectFiles

TEXT = """\
import os.path
import pandas as pd
from airflow.sdk import DAG as Dag, task
from . import near
from .pack import far

@task
def load():
    return pd.DataFrame()

run = lambda: 1
"""


@pytest.fixture
def context() -> FileContext:
    base = Path("/example")
    sources = ProjectFiles([base], base, {base / "dags/a.py": TEXT.encode(), base / "dags/b.py": b"def\n"})
    return FileContext(File(path="dags/a.py"), sources, Setting("2.11", now=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)))


def test_imports_say_what_names_stand_for(context: FileContext) -> None:
    assert context.imports == {
        "os": "os",
        "pd": "pandas",
        "Dag": "airflow.sdk.DAG",
        "task": "airflow.sdk.task",
        "near": ".near",
        "far": ".pack.far",
    }


@pytest.mark.parametrize(
    ("text", "dotted"), [("pd.DataFrame", "pandas.DataFrame"), ("os.path.join", "os.path.join"), ("x", "x"), ("f().x", None)]
)
def test_an_expression_is_resolved_by_the_imports(context: FileContext, text: str, dotted: str | None) -> None:
    assert context.dotted(ast.parse(text, mode="eval").body) == dotted


def test_functions_and_lambdas_are_found_by_their_place(context: FileContext) -> None:
    load = context.function(FunctionRef("load", "dags/a.py", 8, 9))
    run = context.function(FunctionRef("<lambda>", "dags/a.py", 11, 11, is_lambda=True))
    assert isinstance(load, ast.FunctionDef)
    assert isinstance(run, ast.Lambda)
    assert context.function(FunctionRef("load", "dags/a.py", 1, 1)) is None
    assert context.function(FunctionRef("load", "dags/b.py", 1, 1)) is None


def test_text_is_read_by_span_and_is_empty_where_a_file_does_not_parse(context: FileContext) -> None:
    assert context.text(Span("dags/a.py", 2, 8, 2, 14)) == "pandas"
    assert context.text(Span("dags/b.py", 1, 1, 1, 4)) == ""


def test_the_target_version_can_be_compared(context: FileContext) -> None:
    assert (2, 8) < context.setting.release < (3, 0)
