"""Versions and settings of Airflow that people give are held against those that exist."""

import pytest

import dagcheck
from dagcheck.cli.main import main
from dagcheck.commands.api import InputError
from dagcheck.config import airflow_settings, releases
from dagcheck.config.table import ConfigError

FILE = 'from airflow import DAG\n\ndag = DAG("sales", schedule=None)\n'


@pytest.mark.parametrize("version", ["1.10", "1.10.15", "2.0", "2.9", "2.11.2", "3.0.0rc1", "3.3"])
def test_a_release_of_airflow_is_taken(version: str) -> None:
    assert releases.problem_with(version) is None


@pytest.mark.parametrize("version", ["9.9", "1.9", "2.12", "3.99", "3", "x", "3.3 ", "²٣.1", None, 3.3])
def test_what_is_no_release_is_told_with_the_known_ones(version: object) -> None:
    problem = releases.problem_with(version)
    assert problem is not None
    assert repr(version) in problem


def test_an_unknown_version_names_the_range_of_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["check", "--airflow", "9.9", "."])
    assert stopped.value.code == 2
    assert "it knows 1.10, 2.0 to 2.11 and 3.0 to 3.3" in capsys.readouterr().err


def test_the_python_interface_refuses_an_unknown_version() -> None:
    with pytest.raises(InputError, match=r"'4\.0' is no Airflow version"):
        dagcheck.show(source=FILE, airflow="4.0")
    with pytest.raises(ConfigError, match=r"'4\.0' is no Airflow version"):
        dagcheck.show(source=FILE, config={"airflow": "4.0"})


@pytest.mark.parametrize(
    ("key", "value", "part"),
    [
        ("core.default_timezone", "Europe/Oslo", None),
        ("core.default_timezone", "utc", None),
        ("core.default_timezone", "system", None),
        ("core.default_timezone", "Europe/Olso", "no zone 'Europe/Olso'"),
        ("core.default_timezone", "../../etc/passwd", "no zone"),
        ("core.default_timezome", "UTC", "did you mean core.default_timezone?"),
        ("core.nothing_like_it", "1", "is no setting of Airflow"),
        ("sheduler.catchup_by_default", "False", "did you mean scheduler.catchup_by_default?"),
        ("scheduler.catchup_by_default", "False", None),
        ("kubernetes_executor.namespace", "jobs", None),
        ("default_timezone", "UTC", "section.key"),
    ],
)
def test_a_setting_is_held_against_those_of_airflow(key: str, value: str, part: str | None) -> None:
    problem = airflow_settings.problem_with(key, value)
    assert problem is None if part is None else part in (problem or "")


def test_a_wrong_setting_is_refused_wherever_it_is_given() -> None:
    with pytest.raises(InputError, match=r"core\.default_timezone must be a time zone"):
        dagcheck.show(source=FILE, settings={"core.default_timezone": "Mars/Base"})
    with pytest.raises(ConfigError, match=r"airflow-settings\.core\.default_timezone must be a time zone"):
        dagcheck.show(source=FILE, config={"airflow-settings": {"core.default_timezone": "Mars/Base"}})
