import ast
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dagcheck.verify.ask import DUMP, VerifyError, ask


def interpreter(folder: Path, body: str) -> Path:
    """A stand-in for a Python interpreter: a script that runs `body` with the request in `asked`."""
    path = folder / "python"
    path.write_text(f"#!{sys.executable}\nimport json, os, sys\nasked = json.load(sys.stdin)\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_interpreter_gets_files_roots_and_environment_and_its_answer_comes_back(tmp_path: Path) -> None:
    python = interpreter(
        tmp_path,
        "files = [{'path': path, 'roots': asked['roots'], 'env': os.environ['CITY'], 'examples': os.environ['AIRFLOW__CORE__LOAD_EXAMPLES'],"
        " 'script': sys.argv[1]} for path in asked['files']]\nprint(json.dumps({'airflow': '3.3.2', 'files': files}))",
    )
    answer = ask(python, [Path("/dags/a.py")], [Path("/dags")], {"CITY": "Oslo"})
    assert answer.airflow == "3.3.2"
    assert answer.files == ({"path": "/dags/a.py", "roots": ["/dags"], "env": "Oslo", "examples": "False", "script": str(DUMP)},)


def test_the_first_root_is_the_dag_folder_unless_the_environment_names_one(tmp_path: Path) -> None:
    body = "print(json.dumps({'airflow': '3.3.2', 'files': [{'path': p, 'folder': os.environ['AIRFLOW__CORE__DAGS_FOLDER']} for p in asked['files']]}))"
    python = interpreter(tmp_path, body)
    assert ask(python, [Path("/dags/a.py")], [Path("/dags"), Path("/plugins")]).files[0]["folder"] == "/dags"
    named = ask(python, [Path("/dags/a.py")], [Path("/dags")], {"AIRFLOW__CORE__DAGS_FOLDER": "/elsewhere"})
    assert named.files[0]["folder"] == "/elsewhere"


def test_an_interpreter_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(VerifyError, match="can't be run: No such file"):
        ask(tmp_path / "nothing", [])


def test_an_interpreter_without_airflow_is_told(tmp_path: Path) -> None:
    python = interpreter(tmp_path, "sys.exit(\"ModuleNotFoundError: No module named 'airflow'\")")
    with pytest.raises(VerifyError, match="has no Airflow"):
        ask(python, [])


def test_an_interpreter_that_ends_without_an_answer_is_told_with_its_last_words(tmp_path: Path) -> None:
    python = interpreter(tmp_path, "sys.exit('the database is locked')")
    with pytest.raises(VerifyError, match=r"exit status 1\):\nthe database is locked"):
        ask(python, [])


def test_an_answer_in_another_form_is_told(tmp_path: Path) -> None:
    with pytest.raises(VerifyError, match="gave no answer"):
        ask(interpreter(tmp_path, "print('[]')"), [])


def test_the_dump_script_is_for_old_pythons_and_imports_airflow_and_the_standard_library_alone() -> None:
    tree = ast.parse(DUMP.read_text(), feature_version=(3, 6))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} - set(sys.stdlib_module_names) == {"airflow"}


FAKE_AIRFLOW = {
    "__init__.py": "__version__ = '9.9.9'\n",
    "models/__init__.py": "",
    "models/dagbag.py": """
import runpy
class DagBag:
    def __init__(self, dag_folder, include_examples=True):
        self.dags, self.import_errors = {}, {}
        try:
            runpy.run_path(dag_folder) if dag_folder.endswith('.py') else None
        except Exception as error:
            self.import_errors[dag_folder] = repr(error)
""",
}


def run_dump(tmp_path: Path, files: dict[str, str], seconds: int = 20) -> dict[str, list[str]]:
    """Run the real script over files with a package `airflow` that only executes them; the errors by file name come back."""
    for name, text in FAKE_AIRFLOW.items():
        path = tmp_path / "packages" / "airflow" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    dags = tmp_path / "dags"
    dags.mkdir()
    for name, text in files.items():
        (dags / name).write_text(text)
    request = {"files": [str(dags / name) for name in files], "roots": [str(dags), str(tmp_path / "packages")], "seconds": seconds}
    run = subprocess.run(
        [sys.executable, str(DUMP)], input=json.dumps(request), capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    told = json.loads(run.stdout)
    assert told["airflow"] == "9.9.9"
    return {Path(file["path"]).name: file["errors"] for file in told["files"]}


def test_a_file_that_prints_exits_or_raises_does_not_reach_the_others(tmp_path: Path) -> None:
    files = {
        "prints.py": "print('hello')",
        "raises.py": "1 / 0",
        "exits.py": "import os; os._exit(3)",
        "changes.py": "import json; json.dump = None",
        "fine.py": "",
    }
    errors = run_dump(tmp_path, files)
    assert errors["prints.py"] == []
    assert errors["raises.py"] == ["ZeroDivisionError('division by zero')"]
    assert errors["exits.py"] == ["loading the file ended its process"]
    assert errors["fine.py"] == []


def test_a_file_that_hangs_is_given_up(tmp_path: Path) -> None:
    assert run_dump(tmp_path, {"hangs.py": "while True: pass"}, seconds=1) == {"hangs.py": ["loading the file took longer than 1 seconds"]}


def test_helpers_beside_the_dump_script_do_not_hide_modules_of_the_user(tmp_path: Path) -> None:
    assert run_dump(tmp_path, {"dag.py": "import compare\nassert compare.MINE", "compare.py": "MINE = True"})["dag.py"] == []
