"""Where Airflow is started is known where it is configured, or where the kind of project settles it; relative paths then have a meaning."""

from pathlib import Path

import pytest

from dagcheck.airflow.extract import extract
from dagcheck.airflow.target import Target
from dagcheck.model.values import Unknown
from tests.unit.evaluate.running import ROOT, interpreter, value

ASTRO = {"Dockerfile": "# ours\nFROM quay.io/astronomer/astro-runtime:9.1.0\nRUN true\n"}
DATA = {"include/b.json": '{"n": 2}', "include/a.json": '{"n": 1}', "include/sql/c.sql": "select 1"}
HEAD = "import os, json, glob, contextlib\nfrom pathlib import Path\n"

SAYS = {
    "open": ("json.load(open('include/a.json'))", {"n": 1}),
    "exists": ("os.path.exists('include/a.json'), os.path.exists('nowhere'), Path('include').is_dir()", (True, False, True)),
    "glob": ("sorted(glob.glob('include/*.json'))", ["include/a.json", "include/b.json"]),
    "glob from a dot": ("sorted(glob.glob('./include/*.json'))", ["./include/a.json", "./include/b.json"]),
    "Path.glob": ("sorted(str(p) for p in Path('include').rglob('*.sql'))", ["include/sql/c.sql"]),
    "iterdir": ("sorted(str(p) for p in Path('include').iterdir())", ["include/a.json", "include/b.json", "include/sql"]),
    "listdir": ("sorted(os.listdir('include'))", ["a.json", "b.json", "sql"]),
    "scandir": ("sorted(e.path for e in os.scandir('include'))", ["include/a.json", "include/b.json", "include/sql"]),
    "walk": (
        "[(top, folders, files) for top, folders, files in os.walk('include')]",
        [("include", ["sql"], ["a.json", "b.json"]), ("include/sql", [], ["c.sql"])],
    ),
    "getcwd": ("os.path.basename(os.getcwd()), Path.cwd().name", ("project", "project")),
    "absolute": ("os.path.abspath('include/../x') == os.getcwd() + '/x', Path('x').resolve() == Path.cwd() / 'x'", (True, True)),
}


@pytest.mark.parametrize("name", SAYS)
def test_relative_paths_are_relative_to_the_folder_of_an_astro_project(name: str) -> None:
    expression, expected = SAYS[name]
    assert value(f"{HEAD}x = {expression}", files={**ASTRO, **DATA}) == expected
    assert value(f"{HEAD}x = {expression}", files={".astro/config.yaml": "", **DATA}) == expected


@pytest.mark.parametrize("files", [{}, {"Dockerfile": "FROM apache/airflow:3.1.0\n"}, {"Dockerfile": "RUN echo astro-runtime\n"}])
def test_they_are_not_known_elsewhere(files: dict[str, str]) -> None:
    assert isinstance(value(f"{HEAD}x = os.path.exists('include/a.json')", files={**files, **DATA}), Unknown)
    assert isinstance(value(f"{HEAD}x = os.getcwd()", files={**files, **DATA}), Unknown)


def test_a_program_may_go_elsewhere() -> None:
    there = "os.chdir(os.path.dirname(__file__) + '/include')\n"
    assert value(f"{HEAD}{there}x = os.listdir('.'), os.path.exists('a.json')", files=DATA) == (["a.json", "b.json", "sql"], True)
    lost = f"{HEAD}if os.environ['Q']:\n    {there}x = os.path.exists('a.json')"
    assert isinstance(value(lost, files={**ASTRO, **DATA}), Unknown)
    inside = f"{HEAD}with contextlib.chdir('include'):\n    x = os.path.exists('a.json')"
    assert isinstance(value(inside, files={**ASTRO, **DATA}), Unknown)


def test_the_configured_folder_wins() -> None:
    source = (
        "import os\nfrom airflow.sdk import DAG\nfor name in sorted(os.listdir('.')):\n    globals()[name] = DAG(name.partition('.')[0])\n"
    )
    project = interpreter({"main.py": source, **ASTRO, **DATA}).project
    file = extract(project.source(ROOT / "main.py"), project, Target(directory=Path("/project/include")))
    assert [(dag.dag_id, dag.exact) for dag in file.dags] == [("a", True), ("b", True), ("sql", True)]
