"""The rules on what tasks do speak of DAG files and of the code that tasks can call, not of libraries, tests and Airflow itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import dagcheck

DAG = "from airflow.sdk import DAG\n\nwith DAG('sales'):\n    pass\n"
UNSAFE = {
    "DAG406": "from airflow.models import Variable\n\n\ndef run():\n    print(Variable.get('api_password'))\n",
    "DAG411": "import subprocess\n\n\ndef run(params, dag_run):\n    subprocess.run('load ' + dag_run.conf['region'], shell=True)\n",
    "DAG412": "def run(cursor, region):\n    cursor.execute(f\"DELETE FROM sales WHERE region = '{region}'\")\n",
    "DAG413": "import yaml\n\n\ndef run(text):\n    return yaml.load(text)\n",
    "DAG414": "import requests\n\n\ndef run():\n    return requests.get('https://example.org', verify=False)\n",
    "DAG415": "def run(client):\n    client.containers.run('load', privileged=True)\n",
}
LOADS = UNSAFE["DAG413"]
PATHS_THAT_COUNT: dict[str, Mapping[str, str]] = {
    "dags/sales.py": {"dags/sales.py": DAG + LOADS},
    "dags/loading/read.py": {"dags/loading/read.py": LOADS},
    "include/read.py": {"include/read.py": LOADS, "dags/sales.py": DAG},
    "plugins/read.py": {"plugins/read.py": "from airflow.sdk import BaseHook\n" + LOADS},
    "pipelines/read.py": {"pipelines/read.py": LOADS, "pipelines/sales.py": DAG},
    "pipelines/steps/read.py": {"pipelines/steps/read.py": LOADS, "pipelines/sales.py": DAG},
}
PATHS_THAT_DO_NOT: dict[str, Mapping[str, str]] = {
    "service/read.py": {"service/read.py": LOADS},
    "service/deep/er/read.py": {"service/deep/er/read.py": LOADS, "service/sales.py": DAG},
    "lib/site-packages/reader/read.py": {"lib/site-packages/reader/read.py": LOADS, "pipelines/sales.py": DAG},
    "tests/test_read.py": {"tests/test_read.py": LOADS, "dags/sales.py": DAG},
    "airflow/read.py": {"airflow/read.py": "import airflow\n" + LOADS, "airflow/__init__.py": "__version__ = '3.3.2'\n"},
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found_in(folder: Path, files: Mapping[str, str], path: str, code: str) -> list[str]:
    for name, text in {"flows/daily/main.py": DAG, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    report = dagcheck.check([folder / "flows", folder / path], config={}, select=[code])
    return [finding.code for finding in report.findings if finding.path.endswith(path)]


@pytest.mark.parametrize("path", PATHS_THAT_COUNT)
def test_what_tasks_can_call_is_told(path: str, project: Path) -> None:
    assert found_in(project, PATHS_THAT_COUNT[path], path, "DAG413") == ["DAG413"]


@pytest.mark.parametrize("path", PATHS_THAT_DO_NOT)
def test_what_is_no_tasks_code_is_left_alone(path: str, project: Path) -> None:
    assert found_in(project, PATHS_THAT_DO_NOT[path], path, "DAG413") == []


@pytest.mark.parametrize("code", UNSAFE)
def test_each_rule_speaks_of_dag_files_and_of_no_service(code: str, project: Path) -> None:
    assert found_in(project, {"dags/sales.py": DAG + UNSAFE[code]}, "dags/sales.py", code) == [code]
    (project / "dags/sales.py").unlink()
    (project / "dags").rmdir()
    service = UNSAFE[code].replace("airflow.models", "settings")
    assert found_in(project, {"service/sales.py": service}, "service/sales.py", code) == []
