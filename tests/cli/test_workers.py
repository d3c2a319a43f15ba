"""Several processes look at files: the answer is the same, and one file costs the others nothing, whatever it does."""

import faulthandler
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from dagcheck.engine.examine import Examiner, Piece
from dagcheck.engine.examined import Examined
from tests.cli.conftest import GOOD, Folder


def write_many(folder: Folder, count: int = 40) -> None:
    folder.write("dags/owners.py", "OWNER = 'orders'\n")
    for number in range(count):
        text = GOOD.replace('"good"', f'"dag_{number}"').replace("catchup=False", f"catchup={number % 3 == 0}")
        folder.write(
            f"dags/dag_{number:02}.py",
            text.replace('"owner": "orders"', '"owner": OWNER').replace("import pendulum", "import pendulum\nfrom owners import OWNER"),
        )


def do_at(monkeypatch: pytest.MonkeyPatch, name: str, deed: object) -> None:
    """Let something happen in the process that looks at a file of this name."""
    usual = Examiner.examine

    def examine(examiner: Examiner, piece: Piece, *more: int) -> Examined:
        if piece.path.name == name:
            deed()  # type: ignore[operator] # the parameters are functions
        return usual(examiner, piece, *more)

    monkeypatch.setattr(Examiner, "examine", examine)


@pytest.mark.parametrize("form", ["full", "json"])
def test_the_answer_does_not_depend_on_the_number_of_processes(folder: Folder, form: str) -> None:
    write_many(folder)
    said = [folder.run("check", "--no-cache", "--format", form, "--jobs", str(jobs)) for jobs in (1, 2, 4)]
    if form == "json":
        assert len({json.dumps(json.loads(answer.out) | {"duration_ms": 0}) for answer in said}) == 1
    else:
        assert said[0] == said[1] == said[2]
    assert "DAG301" in said[0].out


SPAWNING = """
import sys
import dagcheck.engine.crew as crew
from dagcheck.cli.main import main
if __name__ == "__main__":
    crew._may_fork = lambda: False
    sys.exit(main(sys.argv[1:]))
"""


def test_processes_that_are_not_forked_say_the_same_and_take_no_module_from_the_project(
    folder: Folder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    beside = tmp_path_factory.mktemp("beside")
    write_many(folder, 16)
    expected = folder.run("check", "--no-cache", "--format", "concise", "--jobs", "1")
    ran = beside / "ran"
    for module in ("multiprocessing", "json", "pickle", "sitecustomize", "dagcheck", "conftest", "signal"):
        folder.write(f"{module}.py", f"open({str(ran)!r}, 'a').write(__name__)\n")
    script = beside / "spawning.py"
    script.write_text(SPAWNING)
    command = [sys.executable, str(script), "check", "--no-cache", "--format", "concise", "--jobs", "2", "dags"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.path)
    assert not ran.exists()
    assert (done.returncode, done.stdout) == (expected.status, expected.out)


@pytest.mark.parametrize(
    ("deed", "what"),
    [
        (lambda: (faulthandler.disable(), os.kill(os.getpid(), signal.SIGSEGV)), "made the process that looked at it die (SIGSEGV)"),
        (lambda: os._exit(7), "made the process that looked at it end (exit status 7)"),
        (lambda: time.sleep(60), "took longer than 1 seconds"),
    ],
)
def test_a_file_that_costs_a_process_its_life_has_one_finding_that_says_so(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, deed: object, what: str
) -> None:
    write_many(folder)
    folder.write("dagcheck.toml", "limits = { seconds = 1 }\n")
    usual = folder.run("check", "--no-cache", "--jobs", "2", "--format", "concise", "--quiet")
    do_at(monkeypatch, "dag_07.py", deed)
    answer = folder.run("check", "--no-cache", "--jobs", "2", "--format", "concise", "--quiet")
    lost = [line for line in answer.out.splitlines() if "dag_07.py" in line]
    assert lost == [f"dags/dag_07.py:1:1: error DAG002 The file could not be looked at: it {what}."]
    assert [line for line in answer.out.splitlines() if "dag_07.py" not in line] == [
        line for line in usual.out.splitlines() if "dag_07.py" not in line
    ]
    assert (answer.status, answer.err) == (1, "")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_file_that_takes_too_much_memory_has_one_finding_that_says_so(folder: Folder, monkeypatch: pytest.MonkeyPatch, jobs: str) -> None:
    def raise_error(*_: object) -> None:
        raise MemoryError

    write_many(folder)
    usual = folder.run("check", "--no-cache", "--jobs", jobs, "--format", "concise", "--quiet").out.splitlines()
    monkeypatch.setattr(
        "dagcheck.airflow.extract.module_name", lambda source: raise_error() if source.path.endswith("dag_07.py") else "dag"
    )
    answer = folder.run("check", "--no-cache", "--jobs", jobs, "--format", "concise", "--quiet")
    lines = answer.out.splitlines()
    assert [line for line in lines if "dag_07.py" in line] == [
        "dags/dag_07.py:1:1: error DAG002 The file could not be looked at: it takes more memory than there may be for a file."
    ]
    assert [line for line in lines if "dag_07.py" not in line] == [line for line in usual if "dag_07.py" not in line]


def test_a_file_with_very_many_findings_is_cut_and_says_so(folder: Folder) -> None:
    folder.write("dagcheck.toml", "limits = { findings = 2 }\n")
    folder.write(
        "dags/many.py", "".join(GOOD.replace('"good"', f'"dag_{number}"').replace("catchup=False", "catchup=True") for number in range(5))
    )
    answer = folder.run("check", "--format", "concise", "--select", "DAG301")
    assert answer.out.count("DAG301") == 2
    assert "note: dags/many.py: 3 more findings are not told; limits.findings says how many are" in answer.err


@pytest.mark.parametrize("jobs", ["0", "-1", "many", "1000"])
def test_a_number_of_processes_that_makes_no_sense_is_refused(folder: Folder, jobs: str) -> None:
    answer = folder.run("check", "--jobs", jobs)
    assert answer.status == 2
    assert "from 1 to 256" in answer.err or "expected one argument" in answer.err


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("limits = { seconds = 0 }", "limits.seconds must be between 1 and 86400"),
        ('limits = { memory = "1 GB" }', "limits.memory must be a number"),
        ("limits = { files = 3 }", "limits.files is no limit"),
    ],
)
def test_limits_that_make_no_sense_are_refused(folder: Folder, table: str, message: str) -> None:
    folder.write("dags/a.py")
    folder.write("dagcheck.toml", f"{table}\n")
    answer = folder.run("check")
    assert (answer.status, message in answer.err) == (2, True)


def test_evaluation_is_as_deep_as_the_configuration_says(folder: Folder) -> None:
    folder.write("dags/a.py", "def down(n):\n    return n if n == 0 else down(n - 1)\n\n\ndown(40)\n\n" + GOOD)
    assert "all exact" in folder.run("check").out
    folder.write("dagcheck.toml", "limits = { depth = 20 }\n")
    assert "0 of them exact" in folder.run("check").out
