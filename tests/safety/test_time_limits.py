"""No file takes longer than the limits say, in a run of a few files that this process looks at itself: it is one finding, and the others are looked at."""

import json
import re
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import pytest

from dagcheck.commands.examining import Workers
from dagcheck.engine.alarm import Alarms
from dagcheck.engine.examine import Examiner, Piece
from dagcheck.engine.examined import Examined
from dagcheck.model.dag import Dag
from dagcheck.rule import FileContext, Finding
from tests.cli.conftest import GOOD, Folder, folder

__all__ = ["folder"]

HOOK = "dagcheck_rules.structure.cyclic_dependency.CyclicDependency.check_dag"


@pytest.fixture(autouse=True)
def nobody_listens() -> Iterator[None]:
    """Whoever runs the tests may listen for alarms."""
    before = signal.signal(signal.SIGALRM, signal.SIG_DFL)
    yield
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    signal.signal(signal.SIGALRM, before)


def loop() -> None:
    while True:
        pass


def stubborn_loop() -> None:
    while True:
        try:
            loop()
        except Exception:  # noqa: BLE001 - what is raised to end it must pass here
            continue


def wait() -> None:
    time.sleep(3_600)


def match() -> None:
    re.match(r"(a+)+$", "a" * 60 + "b")


class Finalized:
    """Takes long where nothing that is raised gets any further."""

    def __del__(self) -> None:
        loop()


def finalize() -> None:
    Finalized()
    loop()


def hang(monkeypatch: pytest.MonkeyPatch, deed: Callable[[], None]) -> None:
    """Let a rule do something without end at the DAG `endless`."""

    def check_dag(_rule: object, dag: Dag, _context: FileContext) -> Iterable[Finding]:
        if dag.dag_id == "endless":
            deed()
        return ()

    monkeypatch.setattr(HOOK, check_dag)


def project(folder: Folder) -> None:
    folder.write("good.py")
    folder.write("dagcheck.toml", "limits = {seconds = 300}\n")
    loading = folder.run("check", "--no-cache")  # what a run needs is loaded here, so that a good file takes no time to speak of
    assert loading.status == 0
    folder.write("dagcheck.toml", "limits = {seconds = 1}\n")
    folder.write("before.py", GOOD.replace('"good"', '"before"'))
    folder.write("endless.py", GOOD.replace('"good"', '"endless"'))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("deed", [loop, stubborn_loop, wait, match, finalize])
def test_a_file_that_takes_too_long_costs_itself_alone(folder: Folder, monkeypatch: pytest.MonkeyPatch, deed: Callable[[], None]) -> None:
    project(folder)
    hang(monkeypatch, deed)
    answer = folder.run("check", "--no-cache", "--format", "concise")
    assert answer.status == 1
    (line,) = [line for line in answer.out.splitlines() if line.startswith("endless.py")]
    assert line.startswith("endless.py:1:1: error DAG002")
    assert "took longer than 1 seconds" in line
    assert "Looked at 3 files with 2 DAGs" in answer.out + answer.err


def test_a_file_that_reads_a_large_module_is_looked_at_by_a_process_of_its_own(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's parser can't be interrupted, and has all the memory of the process."""
    folder.write("dags/good.py")
    folder.write(
        "dags/reading.py", GOOD.replace('"good"', "NAME").replace("import pendulum\n", "import pendulum\nfrom large import NAME\n")
    )
    folder.write("dags/large.py", "NAME = 'read'\nNUMBERS = [" + "1, " * 30_000 + "]\n")
    away: list[str] = []
    usual = Workers._away

    def record(examiner: Examiner, chosen: object, pieces: Sequence[Piece], count: int) -> Iterator[tuple[int, Examined]]:
        away.extend(piece.path.name for piece in pieces)
        return usual(examiner, chosen, pieces, count)  # type: ignore[arg-type] # what was given

    monkeypatch.setattr(Workers, "_away", staticmethod(record))
    answer = folder.run("check", "--no-cache", "--format", "json")
    assert away == ["reading.py"]
    assert (answer.status, json.loads(answer.out)["dags"], json.loads(answer.out)["inexact"]) == (0, 2, 0)
    assert "reading" in folder.run("show").out


def test_that_it_took_too_long_is_not_kept(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may have been busy."""
    project(folder)
    monkeypatch.setenv("DAGCHECK_CACHE_DIR", str(folder.path / "cache"))
    with monkeypatch.context() as while_busy:
        hang(while_busy, wait)
        assert folder.run("check").status == 1
    assert folder.run("check").status == 0


def test_a_rule_that_takes_too_long_on_any_file_is_told_as_crashed(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would do so on what is said of a lost file as well."""
    project(folder)
    monkeypatch.setattr("dagcheck_rules.parsing.unparsable_file.UnparsableFile.check_file", lambda *_: loop())
    answer = folder.run("check", "--no-cache", "--format", "concise", "good.py")
    assert answer.status == 2
    assert "rules crashed on good.py: took longer than 1 seconds" in answer.err
    assert "Looked at 1 file with 0 DAGs" in answer.out + answer.err


@pytest.mark.parametrize("command", [("show",), ("graph",), ("simulate",), ("rerun", "--examples", "1", "--seconds", "0.1")])
def test_every_command_goes_on(folder: Folder, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    import dagcheck.airflow.extract

    usual = dagcheck.airflow.extract.extract

    def extract(source: object, *more: object) -> object:
        if source.path == "endless.py":  # type: ignore[attr-defined] # a Source
            loop()
        return usual(source, *more)  # type: ignore[arg-type] # what was given

    project(folder)
    monkeypatch.setattr("dagcheck.airflow.extract.extract", extract)
    answer = folder.run(*command)
    assert "Traceback" not in answer.err
    assert "took longer than 1 seconds" in answer.out + answer.err
    assert "before" in answer.out


def test_rules_for_the_project_that_take_too_long_are_told_as_crashed(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    project(folder)
    monkeypatch.setattr("dagcheck_rules.identity.duplicate_dag_id.DuplicateDagId.check_project", lambda *_: loop())
    answer = folder.run("check", "--no-cache", "--format", "concise")
    assert answer.status == 2
    assert "the rules for the project crashed on the project: took longer than 1 seconds" in answer.err
    assert "Looked at 3 files with 3 DAGs" in answer.out + answer.err


def test_a_fix_that_takes_too_long_is_not_made(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    project(folder)
    before = folder.write("endless.py", GOOD.replace("catchup=False", "catchup=True")).read_bytes()
    monkeypatch.setattr("dagcheck.commands.fixing.fixed_bytes", lambda *_: loop())
    answer = folder.run("check", "--fix", "--unsafe-fixes", "endless.py")
    assert answer.status == 2
    assert "was not made: the file took longer than 1 seconds" in answer.err
    assert (folder.path / "endless.py").read_bytes() == before


def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "done"


def test_work_without_an_alarm_goes_on_as_it_is() -> None:
    assert Alarms.within(0.001, partial(sleep, 0.05), str) == "done"
    with Alarms():
        assert Alarms.within(0.001, partial(sleep, 60), str) == "took longer than 0.001 seconds"
        assert Alarms.within(60, lambda: "done", str) == "done"


def test_the_alarms_of_others_stay_theirs() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    with Alarms():
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_IGN
        assert Alarms.within(0.001, partial(sleep, 0.05), str) == "done"
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
