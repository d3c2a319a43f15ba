"""A run in which nothing changed says what the run before it said, and loads next to nothing for it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dagcheck.cache.folder import sealed, unsealed
from dagcheck.cache.store import Store
from dagcheck.engine.examine import Examiner, Piece
from dagcheck.engine.examined import Examined
from tests.cli.conftest import GOOD, Folder

CATCHUP = GOOD.replace("catchup=False", "catchup=True")
OLD = time.time() - 1000

HEAVY = {
    "pydantic",
    "libcst",
    "networkx",
    "sqlglot",
    "jinja2",
    "yaml",
    "rich",
    "hypothesis",
    "dagcheck_rules",
    "argparse",
    "pathlib",
    "importlib.metadata",
    "inspect",
    "typing",
}
OURS = {
    "dagcheck",
    "dagcheck.cli",
    "dagcheck.cli.main",
    "dagcheck.cache",
    "dagcheck.cache.folder",
    "dagcheck.cache.runs",
    "dagcheck.digests",
    "dagcheck.model",
    "dagcheck.model.errors",
    "dagcheck.version",
    "dagcheck.witness",
}

UNUSED = {
    "pydantic",
    "libcst",
    "networkx",
    "sqlglot",
    "jinja2",
    "yaml",
    "rich",
    "hypothesis",
    "duckdb",
    "importlib.metadata",
    "importlib.resources",
    "inspect",
    "dataclasses",
    "multiprocessing",
    "tempfile",
    "shutil",
    "logging",
    "traceback",
    "hashlib",
    "dagcheck.engine.crew",
    "dagcheck.harness",
    "dagcheck.simulation",
    "dagcheck.model.public",
}
"""What a run over a plain DAG file has no use for."""

LOOKING = """\
import os
from constants import FROM

HERE = os.path.dirname(__file__)
year = int(open(HERE + "/settings.yaml").read()) if os.path.isfile(HERE + "/settings.yaml") else FROM
if os.path.exists(HERE + "/settings"):
    year = 2031
"""

KILLED_WHILE_WRITING = """
import os, signal, sys
from dagcheck.cache.folder import sealed, unsealed
from dagcheck.cache.store import Store
Store._make_room = lambda self, connection: os.kill(os.getpid(), signal.SIGKILL)
from dagcheck.cli.main import main
main(sys.argv[1:])
"""

PROBE = """
import sys
before = set(sys.modules)
from dagcheck.cli.main import main
status = main(sys.argv[1:])
print("\\n".join(sorted(set(sys.modules) - before)), file=sys.stderr)
sys.exit(status)
"""


def age(folder: Path) -> None:
    """Let everything be as if it had been written long ago."""
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (OLD, OLD))


def never_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, a run that looks at files fails."""

    def judge(*_: object, **__: object) -> None:
        raise AssertionError("the files were looked at")

    monkeypatch.setattr("dagcheck.commands.checking.judge", judge)


@pytest.mark.parametrize("form", ["full", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown"])
def test_an_equal_run_is_answered_without_looking_at_the_files(folder: Folder, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    folder.write("dags/a.py", CATCHUP)
    first = folder.run("check", "--format", form)
    never_judge(monkeypatch)
    second = folder.run("check", "--format", form)
    if form == "json":
        assert json.loads(first.out) | {"duration_ms": 0} == json.loads(second.out) | {"duration_ms": 0}
        assert json.loads(second.out)["duration_ms"] < 5000
    elif form == "junit":
        moment = re.compile(r'timestamp="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d" hostname="localhost" time="\d+\.\d{3}"')
        assert moment.sub("", first.out, count=1) == moment.sub("", second.out, count=1)
        assert moment.search(second.out)
    else:
        assert second == first
    assert (second.status, bool(second.out)) == (first.status, True)


@pytest.mark.parametrize(("made", "is_kept"), [("__pycache__", True), ("rules-1.0.dist-info", False)])
def test_a_folder_that_python_writes_to_during_the_run_does_not_keep_the_run_from_being_known(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, made: str, is_kept: bool
) -> None:
    folder.write("dags/a.py", CATCHUP)
    folder.write("installed/module.py", "")
    monkeypatch.syspath_prepend(folder.path / "installed")
    usual = Examiner.examine

    def examine(examiner: Examiner, piece: Piece, *more: int) -> Examined:
        (folder.path / "installed" / made).mkdir()
        return usual(examiner, piece, *more)

    monkeypatch.setattr(Examiner, "examine", examine)
    first = folder.run("check", "dags", "--format", "concise")
    monkeypatch.setattr(Examiner, "examine", usual)
    never_judge(monkeypatch)
    assert (folder.run("check", "dags", "--format", "concise") == first) is is_kept


def test_an_equal_run_loads_nothing_heavy(folder: Folder) -> None:
    folder.write("dags/a.py", CATCHUP)
    command = [sys.executable, "-I", "-c", PROBE, "check"]
    subprocess.run(command, capture_output=True, check=False)
    warm = subprocess.run(command, capture_output=True, check=False, text=True)
    loaded = set(warm.stderr.split())
    assert warm.returncode == 1
    assert "DAG301" in warm.stdout
    assert {name for name in loaded if name.startswith("dagcheck")} == OURS
    assert not loaded & HEAVY


def test_a_run_over_one_changed_file_loads_only_what_it_needs(folder: Folder) -> None:
    folder.write("dags/a.py", CATCHUP)
    folder.write("dags/b.py", GOOD)
    command = [sys.executable, "-I", "-c", PROBE, "check", "dags"]
    subprocess.run(command, capture_output=True, check=False)
    folder.write("dags/b.py", CATCHUP)
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    loaded = set(done.stderr.split())
    assert done.returncode == 1
    assert "dagcheck.airflow.extract" in loaded
    assert not loaded & UNUSED


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.joinpath("dags/a.py").write_text(GOOD),
        lambda path: path.joinpath("dags/b.py").write_text(CATCHUP.replace('"good"', '"other"')),
        lambda path: path.joinpath("dags/a.py").rename(path / "dags/c.py"),
        lambda path: path.joinpath("dags/.airflowignore").write_text("a.py\n"),
        lambda path: path.joinpath(".gitignore").write_text("dags/skipped.py\na.py\n"),
        lambda path: path.joinpath("dags/skipped.py").write_text(CATCHUP.replace('"good"', '"third"')),
        lambda path: path.joinpath("dagcheck.toml").write_text('ignore = ["DAG301"]\n'),
        lambda path: path.joinpath("dags/constants.py").write_text("FROM = 2030\n"),
        lambda path: path.joinpath("dags/constants.py").unlink(),
        lambda path: path.joinpath("dags/settings").mkdir(),
        lambda path: path.joinpath("dags/settings.yaml").write_text("2029"),
    ],
)
def test_whatever_changes_the_answer_is_noticed(folder: Folder, change: object) -> None:
    folder.write("dags/skipped.py", "nothing = 1\n")
    folder.write("dags/constants.py", "FROM = 2025\n")
    folder.write("dags/a.py", LOOKING + CATCHUP.replace("2025, 1, 1", "year, 1, 1"))
    age(folder.path)
    before = folder.run("check", "--format", "concise")
    change(folder.path)  # type: ignore[operator] # the parameters are functions of the folder
    after = folder.run("check", "--format", "concise")
    assert after != before
    assert after == folder.run("check", "--format", "concise", "--no-cache")


def test_a_change_within_the_same_moment_and_of_the_same_size_is_noticed(folder: Folder) -> None:
    path = folder.write("dags/a.py", CATCHUP)
    assert folder.run("check", "--format", "concise").status == 1
    status = path.stat()
    path.write_text(CATCHUP.replace("catchup=True ", "catchup=False").replace("catchup=True", "catchup=None"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert folder.run("check", "--format", "concise") == folder.run("check", "--format", "concise", "--no-cache")


def test_a_touched_file_with_the_same_content_changes_nothing(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder.write("dags/a.py", CATCHUP)
    age(folder.path)
    first = folder.run("check")
    os.utime(path, (OLD + 5, OLD + 5))
    path.rename(folder.path / "dags/moved")
    (folder.path / "dags/moved").rename(path)
    never_judge(monkeypatch)
    assert folder.run("check") == first


@pytest.mark.parametrize(
    "words",
    [("check", "--no-cache"), ("check", "--airflow", "2.11"), ("check", "--quiet"), ("check", "--select", "DAG1"), ("check", "dags")],
)
def test_another_question_is_not_answered_by_the_run_before(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    folder.write("dags/a.py", CATCHUP)
    folder.run("check")
    never_judge(monkeypatch)
    assert "the files were looked at" in folder.run(*words).err


def test_another_day_is_another_question(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("dags/a.py", CATCHUP)
    folder.run("check")
    now = time.time()
    monkeypatch.setattr("dagcheck.cache.runs.time.time", lambda: now + 86_400)
    never_judge(monkeypatch)
    assert "the files were looked at" in folder.run("check").err


def test_no_cache_leaves_nothing_behind(folder: Folder, cache_folder_of_the_test: Path) -> None:
    folder.write("dags/a.py", CATCHUP)
    folder.run("check", "--no-cache")
    assert not cache_folder_of_the_test.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-20],
        lambda data: data.replace(b"DAG301", b"DAG999"),
        lambda data: b"\x80" * 100,
        lambda data: b"{}",
    ],
)
def test_a_damaged_record_is_replaced(folder: Folder, cache_folder_of_the_test: Path, damage: object) -> None:
    folder.write("dags/a.py", CATCHUP)
    first = folder.run("check")
    (record,) = cache_folder_of_the_test.rglob("runs/*.json")
    good = record.read_bytes()
    record.write_bytes(damage(good))  # type: ignore[operator] # the parameters are functions of the bytes
    assert folder.run("check") == first
    assert len(record.read_bytes()) == len(good)


@pytest.mark.parametrize("odd", [None, "x", [], [None], ["=x", "y"], {"\0": ["=x", 1, 2, 3, 4]}, {"\ud800": ["=x"]}])
def test_a_record_with_odd_values_is_replaced(folder: Folder, cache_folder_of_the_test: Path, odd: object) -> None:
    folder.write("dags/a.py", CATCHUP)
    first = folder.run("check")
    (path,) = cache_folder_of_the_test.rglob("runs/*.json")
    record = json.loads(unsealed(path.read_bytes()))
    for change in ({"began": odd}, {"seen": odd}, {"seen": {"/": odd}}, {"seen": {"/": {"a": odd}}}):
        path.write_bytes(sealed(json.dumps({**record, **change}).encode()))
        assert folder.run("check") == first


def test_a_record_that_others_may_write_is_not_believed(
    folder: Folder, cache_folder_of_the_test: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("dags/a.py", CATCHUP)
    folder.run("check")
    (record,) = cache_folder_of_the_test.rglob("runs/*.json")
    record.chmod(0o666)
    never_judge(monkeypatch)
    assert "the files were looked at" in folder.run("check").err


def test_the_cache_is_for_its_owner_alone(folder: Folder, cache_folder_of_the_test: Path) -> None:
    folder.write("dags/a.py", CATCHUP)
    folder.run("check")
    modes = {path.stat().st_mode & 0o077 for path in cache_folder_of_the_test.rglob("*.json")}
    assert modes == {0}
    assert {path.stat().st_mode & 0o077 for path in cache_folder_of_the_test.rglob("*") if path.is_dir()} == {0}


def test_a_run_that_could_not_do_its_job_is_not_kept(folder: Folder, cache_folder_of_the_test: Path) -> None:
    folder.write("dags/a.py", CATCHUP)
    assert folder.run("check", "dags", "absent").status == 2
    assert not list(cache_folder_of_the_test.rglob("runs/*.json"))


def never_examine(monkeypatch: pytest.MonkeyPatch, *but: str) -> None:
    """From here on, a run that looks at other files than these fails."""
    usual = Examiner.examine

    def examine(examiner: Examiner, piece: Piece, *more: int) -> Examined:
        assert piece.path.name in but, f"{piece.path} was looked at"
        return usual(examiner, piece, *more)

    monkeypatch.setattr(Examiner, "examine", examine)


def test_of_many_files_only_the_one_that_changed_is_looked_at_again(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        folder.write(f"dags/dag_{number}.py", CATCHUP.replace('"good"', f'"dag_{number}"'))
    folder.run("check")
    folder.write("dags/dag_3.py", GOOD.replace('"good"', '"dag_0"'))
    never_examine(monkeypatch, "dag_3.py")
    answer = folder.run("check", "--format", "concise")
    assert "DAG201" in answer.out
    monkeypatch.undo()
    monkeypatch.chdir(folder.path)
    assert answer == folder.run("check", "--format", "concise", "--no-cache")


def test_other_formats_and_changed_since_use_what_is_known_of_files(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("dags/a.py", CATCHUP)
    folder.run("check")
    never_examine(monkeypatch)
    assert "DAG301" in folder.run("check", "--format", "json").out
    assert "DAG301" in folder.run("check", "dags").out


def test_a_helper_that_changes_has_its_users_looked_at_again(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("dags/names.py", "OWNER = 'a'\n")
    folder.write("dags/user.py", "from names import OWNER\n" + CATCHUP.replace('"good"', '"user"'))
    folder.write("dags/other.py", CATCHUP)
    folder.run("check")
    folder.write("dags/names.py", "OWNER = 'b'\n")
    never_examine(monkeypatch, "user.py")
    assert folder.run("check").out.count("DAG301") == 2


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: data[:5000], lambda data: b"\x80" * 100, lambda data: data.replace(b"DAG301", b"DAG999")]
)
def test_damaged_answers_of_files_are_replaced(folder: Folder, cache_folder_of_the_test: Path, damage: object) -> None:
    folder.write("dags/a.py", CATCHUP)
    first = folder.run("check", "--format", "concise")
    (store,) = cache_folder_of_the_test.rglob("files.sqlite")
    store.write_bytes(damage(store.read_bytes()))  # type: ignore[operator] # the parameters are functions of the bytes
    assert folder.run("check", "dags", "--format", "concise") == first
    assert folder.run("check", ".", "--format", "concise") == first


def test_the_configuration_turns_the_cache_off(folder: Folder, cache_folder_of_the_test: Path) -> None:
    folder.write("dags/a.py", CATCHUP)
    folder.write("dagcheck.toml", "cache = false\n")
    folder.run("check")
    assert not cache_folder_of_the_test.exists()


def test_two_processes_at_once_leave_a_cache_that_serves_both(folder: Folder, cache_folder_of_the_test: Path) -> None:
    for number in range(3):
        folder.write(f"dags/dag_{number}.py", CATCHUP.replace('"good"', f'"dag_{number}"'))
    command = [sys.executable, "-m", "dagcheck", "check", "--format", "concise"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert said[0] == said[1]
    assert said[0].count("DAG301") == 3
    assert Store(str(next(cache_folder_of_the_test.iterdir()))).measure()[0] >= 7


def test_a_process_that_is_killed_leaves_a_cache_that_serves(folder: Folder, cache_folder_of_the_test: Path) -> None:
    for number in range(3):
        folder.write(f"dags/dag_{number}.py", CATCHUP.replace('"good"', f'"dag_{number}"'))
    code = KILLED_WHILE_WRITING
    done = subprocess.run([sys.executable, "-c", code, "check"], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    answer = folder.run("check", "--format", "concise")
    assert answer == folder.run("check", "--format", "concise", "--no-cache")
    assert Store(str(next(cache_folder_of_the_test.iterdir()))).measure()[0] >= 7
