"""Which files Airflow would run to look for DAGs."""

from pathlib import Path

import pytest

from dagcheck.model.dag import File
from dagcheck.rule import FileContext, Setting
from dagcheck.source.project import ProjectFiles


@pytest.mark.parametrize(
    ("path", "text", "folders", "answer"),
    [
        ("dags/a.py", "import helper  # airflow dag", (), True),
        ("team/dags/sub/a.py", "import helper  # airflow dag", (), True),
        ("src/a.py", "import helper  # airflow dag", (), False),
        ("src/a.py", "from airflow.sdk import DAG", (), True),
        ("src/a.py", "from airflow.decorators import dag as make", (), True),
        ("src/a.py", "import airflow\nairflow.DAG('x')", (), True),
        ("src/a.py", "from airflow.models import Variable  # dag", (), False),
        ("dags/a.py", "x = 1", (), False),
        ("dags/a.py", "def (:  # airflow dag", (), False),
        ("dags/a.py", "from airflow.sdk import DAG", ("pipelines",), False),
        ("pipelines/a.py", "import helper  # airflow dag", ("pipelines",), True),
    ],
)
def test_a_dag_file_lies_in_a_dag_folder_or_imports_what_makes_dags(path: str, text: str, folders: tuple[str, ...], answer: bool) -> None:
    base = Path("/example")
    sources = ProjectFiles([base], base, {base / path: text.encode()})
    setting = Setting("3.3", dag_folders=tuple(base / folder for folder in folders))
    assert FileContext(File(path=path), sources, setting).is_dag_file is answer
