"""Whatever a project holds, no command runs any of it, fetches anything, writes where it should not, or reads beside the project."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.safety.hostile_project import SHADOWS, HostileProject, make

SPY = Path(__file__).with_name("spy.py")

COMMANDS = {
    "check": ("check",),
    "check by one process": ("check", "--no-cache", "--jobs", "1", "--format", "json"),
    "check by two processes": ("check", "--no-cache", "--jobs", "2", "--format", "sarif"),
    "check of one file": ("check", "dags/reads.py", "--format", "concise"),
    "diff": ("check", "--diff", "--unsafe-fixes"),
    "changed since": ("check", "--changed-since", "HEAD"),
    "show": ("show", "--format", "json"),
    "graph": ("graph", "--across"),
    "simulate": ("simulate", "--runs", "2"),
    "rerun": ("rerun", "--examples", "2", "--seconds", "1"),
    "config": ("config",),
    "rules": ("rules",),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> HostileProject:
    return make(tmp_path_factory.mktemp("hostile"))


def run(project: HostileProject, *command: str, may_write: str = "") -> subprocess.CompletedProcess[str]:
    temporary, cache = project.folder.parent / "temporary", project.folder.parent / "cache"
    temporary.mkdir(exist_ok=True)
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GIT_", "COV_"))}
    variables |= {
        "PATH": f".:{project.folder}:{os.environ['PATH']}",
        "TMPDIR": str(temporary),
        "DAGCHECK_CACHE_DIR": str(cache),
        "PYTHONDONTWRITEBYTECODE": "1",
        **({"SPY_MAY_WRITE": may_write} if may_write else {}),
    }
    return subprocess.run(command, cwd=project.folder, env=variables, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_runs_nothing_of_a_project_and_reads_nothing_beside_it(project: HostileProject, name: str, tmp_path: Path) -> None:
    report = tmp_path / "report"
    words = (*COMMANDS[name], *(("--save", str(project.folder.parent / "temporary")) if name == "rerun" else ()))
    done = run(project, sys.executable, str(SPY), str(report), str(project.folder), *words)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, 1, 2)
    assert (done.stdout or done.stderr).strip()
    assert report.read_text() == ""
    assert sorted(path.name for path in project.marks.iterdir()) == []


@pytest.mark.parametrize("words", [("--fix",), ("--fix", "--unsafe-fixes"), ("--add-ignores",)], ids=" ".join)
def test_mending_files_runs_nothing_of_them_and_writes_nothing_else(tmp_path: Path, words: tuple[str, ...]) -> None:
    project, report = make(tmp_path / "hostile"), tmp_path / "report"
    for path in list((project.folder / "dags").glob("calm_*.py")):
        path.write_text(f"{path.read_text()}\nx = 1  # dagcheck: ignore[DAG101] -- of no use any more\n")
    before = {path: path.read_bytes() for path in project.folder.rglob("*") if path.is_file()}
    done = run(
        project, sys.executable, str(SPY), str(report), str(project.folder), "check", "dags", *words, may_write=str(project.folder / "dags")
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, 1, 2)
    assert report.read_text() == ""
    assert sorted(path.name for path in project.marks.iterdir()) == []
    after = {path: path.read_bytes() for path in project.folder.rglob("*") if path.is_file()}
    assert sorted(after) == sorted(before)
    changed = [path for path in after if after[path] != before[path]]
    assert len(changed) > 3
    assert {(path.parent, path.suffix) for path in changed} == {(project.folder / "dags", ".py")}


def test_python_m_dagcheck_imports_nothing_of_the_folder_that_it_stands_in(project: HostileProject) -> None:
    done = run(project, sys.executable, "-m", "dagcheck", "check", "--no-cache")
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 1
    assert "calm_writes.py" in done.stdout
    assert sorted(path.name for path in project.marks.iterdir()) == []


def test_what_would_be_done_is_seen_by_the_spy(project: HostileProject, tmp_path: Path) -> None:
    """The spy is worth what it sees: the same modules and programs, run on purpose."""
    report, program = tmp_path / "report", tmp_path / "evil.py"
    program.write_text(
        "import sys, runpy\n"
        f"sys.argv = ['spy', {str(report)!r}, {str(project.folder)!r}, 'rules']\n"
        f"spy = runpy.run_path({str(SPY)!r})\n"
        "sys.addaudithook(spy['watch'])\n"
        "import os, socket, subprocess, pickle\n"
        f"open({str(project.outside / 'secret.txt')!r})\n"
        f"open({str(project.folder / 'new.txt')!r}, 'w').close()\n"
        f"os.remove({str(project.folder / 'new.txt')!r})\n"
        "subprocess.run(['true'])\nos.system('true')\n"
        f"sys.path.insert(0, {str(project.outside)!r})\nimport outside_module\n"
        "try:\n    socket.create_connection(('127.0.0.1', 9), 0.1)\nexcept OSError:\n    pass\n"
    )
    assert run(project, sys.executable, str(program)).returncode == 0
    said = report.read_text()
    for event in ("'open'", "'os.remove'", "'subprocess.Popen'", "'os.system'", "'exec'", "'socket.getaddrinfo'"):
        assert f"({event}" in said, event


def test_the_project_tempts_with_the_names_of_what_is_imported() -> None:
    assert {"json", "ruff", "sqlglot", "airflow", "dagcheck_rules", "sitecustomize", "usercustomize", "conftest"} <= set(SHADOWS)
