"""`dagcheck simulate` on the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from dagcheck.cli.main import main
from tests.cli.conftest import GOOD, Folder
from tests.unit.simulation.sources import DAILY, NOW, SEVERAL


@pytest.fixture(autouse=True)
def dags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with DAG files, which is the working directory."""
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "daily.py").write_text(DAILY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return folder


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["simulate", *words])
    told = capsys.readouterr()
    return status, told.out, told.err


def test_a_folder_is_previewed(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = ran(capsys, "dags", "--now", NOW)
    assert (status, err) == (0, "")
    assert out.startswith("daily  dags/daily.py  Airflow 3.3\nNext run: ")
    assert "DST gap: 02:30 does not exist" in out


def test_json_goes_to_the_output_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = ran(capsys, "dags", "--now", NOW, "--format", "json", "--runs", "3", "--airflow", "3.3.2")
    found = json.loads(out)
    assert (status, found["airflow"], len(found["dags"][0]["runs"])) == (0, "3.3.2", 3)


def test_a_window_and_a_version_are_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = ran(capsys, "dags", "--from", "2026-01-01", "--to", "2026-01-05", "--format", "csv", "--now", NOW)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["run_after"] for row in rows] == [f"2026-01-0{day}T01:30:00Z" for day in (1, 2, 3, 4)]


@pytest.mark.parametrize("form", ["table", "json", "csv", "ics", "html"])
def test_the_result_goes_to_a_file_when_asked(form: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, _ = ran(capsys, "dags", "--now", NOW, "--format", form, "--output", str(tmp_path / "result"))
    assert (status, out) == (0, "")
    assert "daily" in (tmp_path / "result").read_text(encoding="utf-8")


def test_several_versions_are_compared(capsys: pytest.CaptureFixture[str], dags: Path) -> None:
    (dags / "daily.py").write_text(
        "from datetime import datetime\nfrom airflow import DAG\n\ndag = DAG('d', schedule='@daily', start_date=datetime(2026, 1, 1))\n"
    )
    _, out, _ = ran(capsys, "dags", "--now", NOW, "--airflow", "2.11,3.3")
    assert "d: what changes from Airflow 2.11 to 3.3" in out
    assert "CronDataIntervalTimetable" in out


def test_pools_and_run_durations_are_read(capsys: pytest.CaptureFixture[str], dags: Path) -> None:
    (dags / "several.py").write_text(SEVERAL, encoding="utf-8")
    _, out, _ = ran(capsys, "dags", "--now", NOW, "--pool", "db=4", "--run-duration", "1h30m")
    assert "too small" in out


def test_the_configuration_of_airflow_is_obeyed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "dagcheck.toml").write_text('airflow = "3.3"\n[airflow-settings]\n"scheduler.create_cron_data_intervals" = true\n')
    _, out, _ = ran(capsys, "dags", "--now", NOW, "--format", "json")
    assert json.loads(out)["dags"][0]["timetable"] == "CronDataIntervalTimetable"


def test_a_refused_schedule_is_exit_status_1(capsys: pytest.CaptureFixture[str], dags: Path) -> None:
    (dags / "daily.py").write_text(DAILY.replace("30 2 * * *", "30 25 * * *"))
    status, out, _ = ran(capsys, "dags")
    assert status == 1
    assert "25 is outside of 0 to 23; nearest valid: '30 23 * * *'" in out


def test_a_zone_that_does_not_exist_is_exit_status_1(capsys: pytest.CaptureFixture[str], dags: Path) -> None:
    (dags / "daily.py").write_text(DAILY.replace("Europe/Berlin", "Europe/Berlni"))
    status, out, _ = ran(capsys, "dags")
    assert status == 1
    assert "Europe/Berlni" in out


def test_a_schedule_known_only_at_run_time_is_said_so(capsys: pytest.CaptureFixture[str], dags: Path) -> None:
    (dags / "daily.py").write_text(DAILY.replace('"30 2 * * *"', 'Variable.get("when")'))
    status, out, _ = ran(capsys, "dags")
    assert status == 2
    assert "not known: the schedule is known only at run time: the Variable 'when'" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--dag", "dayly"], "no DAG is called 'dayly' here; did you mean 'daily'?"),
        (["--runs", "0"], "must be at least 1"),
        (["--runs", "10000000"], "at most 100,000"),
        (["--from", "2026-02-01", "--to", "2026-01-01"], "after its end"),
        (["--from", "tomorrow"], "ISO 8601"),
        (["--airflow", "three"], "not an Airflow version"),
        (["nowhere"], "no such file"),
    ],
)
def test_bad_input_is_exit_status_2_with_the_reason_on_stderr(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = words if words == ["nowhere"] else ["dags", *words]
    status, out, err = ran(capsys, *given)
    assert (status, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    "words", [["--run-duration", "soon"], ["--run-duration", "0m"], ["--pool", "db"], ["--format", "pdf"], ["--runs", "many"]]
)
def test_bad_options_are_exit_status_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["simulate", *words])
    assert caught.value.code == 2


def test_no_dag_found_is_exit_status_2(capsys: pytest.CaptureFixture[str], dags: Path) -> None:
    (dags / "daily.py").write_text("dag = airflow = None\n")
    status, out, err = ran(capsys, "dags")
    assert (status, out) == (2, "")
    assert "no DAG found" in err


def test_the_title_of_a_page_counts_dags(folder: Folder) -> None:
    folder.write("good.py")
    assert "<title>Runs of 1 DAG, Airflow " in folder.run("simulate", "good.py", "--format", "html").out
    folder.write("other.py", GOOD.replace('"good"', '"other"'))
    assert "<title>Runs of 2 DAGs, Airflow " in folder.run("simulate", "good.py", "other.py", "--format", "html").out
