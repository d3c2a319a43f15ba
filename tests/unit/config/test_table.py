"""The configuration's keys, its checks, and where mistakes are."""

from pathlib import Path

import pytest

from dagcheck.config.find import Finder
from dagcheck.config.table import ConfigError, Configuration, from_table, line_of


def test_an_empty_table_gives_the_defaults(tmp_path: Path) -> None:
    assert from_table({}, tmp_path) == Configuration(folder=tmp_path)


def test_every_kind_of_key_is_read(tmp_path: Path) -> None:
    found = from_table(
        {
            "dags": ["dags"],
            "roots": ["dags", "."],
            "env": {"STAGE": "prod"},
            "variables": {"limit": 3},
            "variable-defaults": True,
            "airflow": "2.11",
            "airflow-settings": {"scheduler.catchup_by_default": False, "core.parallelism": 4},
            "per-file-ignores": {"legacy/*": ["DAG3"]},
            "severity": {"DAG301": "error"},
            "fail-on": "error",
            "rule": {"catchup-risk": {"max-runs": 3}},
        },
        tmp_path,
    )
    assert found.dag_folders == (tmp_path / "dags",)
    assert found.airflow_settings == {"scheduler.catchup_by_default": "False", "core.parallelism": "4"}
    assert found.per_file_ignores == {"legacy/*": ("DAG3",)}
    assert (found.airflow, found.fail_on, found.variable_defaults, found.rule["catchup-risk"]) == ("2.11", "error", True, {"max-runs": 3})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("airflw = '3.3'", "dagcheck.toml:1: unknown key 'airflw'; did you mean 'airflow'?"),
        ("dags = ['d']\nzzz = 1", "dagcheck.toml:2: unknown key 'zzz'; known are airflow, "),
        ("dags = 'dags'", "dagcheck.toml:1: dags must be a list of texts"),
        ("airflow = 3.3", 'dagcheck.toml:1: airflow must be an Airflow version as a text, such as "2.11" or "3.3"'),
        ("[env]\nSTAGE = 1", "dagcheck.toml:2: env.STAGE must be a text"),
        ("[airflow-settings]\nparallelism = 1", "dagcheck.toml:2: airflow-settings.parallelism must be named"),
        ("[severity]\nDAG101 = 'fatal'", "dagcheck.toml:2: severity.DAG101 must be one of error, warning, info"),
        ("fail-on = 'never'", "dagcheck.toml:1: fail-on must be one of error, warning, info"),
        ("respect-gitignore = 'yes'", "dagcheck.toml:1: respect-gitignore must be true or false"),
        ("[rule]\ncatchup-risk = 1", "dagcheck.toml:2: rule.catchup-risk must be a table"),
        ("dags = [", "dagcheck.toml: is not valid TOML"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "dagcheck.toml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        Finder(tmp_path).configuration(tmp_path)
    assert str(raised.value).startswith(f"{tmp_path}/{message}")


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("tool", "dagcheck", "dags"), 3),
        (("tool", "dagcheck", "env", "A.B"), 6),
        (("tool", "dagcheck", "rule", "catchup-risk", "max-runs"), 8),
        (("tool", "dagcheck", "severity", "DAG1"), 4),
        (("tool", "dagcheck", "unknown"), 2),
        (("tool", "other"), None),
    ],
)
def test_the_line_of_a_key_is_found(keys: tuple[str, ...], line: int | None) -> None:
    text = '\n[tool.dagcheck]\ndags = ["d"]\nseverity.DAG1 = "info"\n[tool.dagcheck.env]  # known\n"A.B" = "1"\n[tool.dagcheck.rule."catchup-risk"]\nmax-runs = 3\n'
    assert line_of(text, keys) == line
