"""The nearest configuration, and the roots of imports."""

from pathlib import Path

import pytest

from dagcheck.config.find import Finder
from dagcheck.config.table import ConfigError


def lay_out(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_the_nearest_configuration_above_a_file_holds(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        **{
            "pyproject.toml": '[tool.dagcheck]\nairflow = "2.11"\n',
            "team/dagcheck.toml": 'airflow = "3.3"\n',
            "team/dags/a.py": "",
            "other/pyproject.toml": "[tool.black]\n",
            "other/dags/b.py": "",
        },
    )
    finder = Finder(tmp_path)
    assert finder.configuration(tmp_path / "team/dags/a.py").airflow == "3.3"
    assert finder.configuration(tmp_path / "other/dags/b.py").airflow == "2.11"
    assert finder.configuration(tmp_path / "other/dags/b.py").folder == tmp_path


def test_dagcheck_toml_wins_over_pyproject_beside_it(tmp_path: Path) -> None:
    lay_out(tmp_path, **{"pyproject.toml": '[tool.dagcheck]\nairflow = "2.11"\n', "dagcheck.toml": 'airflow = "3.3"\n'})
    assert Finder(tmp_path).configuration(tmp_path).airflow == "3.3"


def test_a_given_table_holds_for_all_and_nothing_is_looked_for(tmp_path: Path) -> None:
    lay_out(tmp_path, **{"dagcheck.toml": 'airflow = "2.11"\n'})
    assert Finder(tmp_path, {}).configuration(tmp_path / "a.py").airflow is None


def test_a_named_configuration_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        Finder(tmp_path, fixed_path=tmp_path / "gone.toml")


def test_without_configuration_roots_are_the_dag_folder_plugins_and_the_repository(tmp_path: Path) -> None:
    lay_out(tmp_path, **{"team/dags/sub/a.py": "", "team/plugins/p.py": ""})
    (tmp_path / ".git").mkdir()
    finder = Finder(tmp_path)
    path = tmp_path / "team/dags/sub/a.py"
    assert finder.roots(path, finder.configuration(path)) == (
        tmp_path / "team/dags",
        tmp_path / "team/plugins",
        tmp_path,
        tmp_path / "team",
    )


def test_configured_dag_folders_come_first_their_own_before_the_others(tmp_path: Path) -> None:
    lay_out(tmp_path, **{"dagcheck.toml": 'dags = ["a", "b"]\n', "a/x.py": "", "b/y.py": "", "plugins/p.py": ""})
    finder = Finder(tmp_path)
    path = tmp_path / "b/y.py"
    assert finder.roots(path, finder.configuration(path)) == (tmp_path / "b", tmp_path / "a", tmp_path / "plugins", tmp_path)


def test_configured_roots_are_all_there_is(tmp_path: Path) -> None:
    lay_out(tmp_path, **{"dagcheck.toml": 'roots = ["lib", "src"]\n', "dags/x.py": ""})
    finder = Finder(tmp_path)
    path = tmp_path / "dags/x.py"
    assert finder.roots(path, finder.configuration(path)) == (tmp_path / "lib", tmp_path / "src")


def test_without_paths_the_configured_dag_folders_are_looked_at(tmp_path: Path) -> None:
    assert Finder(tmp_path).default_paths() == [tmp_path]
    lay_out(tmp_path, **{"dagcheck.toml": 'dags = ["a", "b"]\n'})
    assert Finder(tmp_path).default_paths() == [tmp_path / "a", tmp_path / "b"]


def test_a_folder_that_cannot_be_looked_into_has_no_repository_of_its_own(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    unreachable = tmp_path / ("x" * 300)  # like a folder without permission: the system refuses to look
    finder = Finder(tmp_path)
    assert finder.repository(unreachable) == tmp_path
    assert finder.configuration(unreachable).folder == tmp_path
