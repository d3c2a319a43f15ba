"""Configurations that are large, go in circles or hold patterns that may never end: one clear message, or little time."""

import time

import pytest

from dagcheck.config.expressions import parse_expression
from tests.cli.conftest import GOOD, Folder, folder

__all__ = ["folder"]

ENDLESS = "([a-z]+_?)+x"


class Named:
    """What policies ask for their fields."""

    def __init__(self, value: str) -> None:
        self._value = value

    def value(self, _field: str) -> str:
        return self._value

    def given(self, _field: str) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f'[rule.unconventional-name]\ntask-id = "[a-z]+"\ndag-id = "{ENDLESS}"\n', "dagcheck.toml:3: rule.unconventional-name.dag-id"),
        (f'[rule.DAG904]\ngroup-id = "{ENDLESS}"\n', "dagcheck.toml:2: rule.DAG904.group-id"),
        (
            f'[[policy]]\ncode = "ORG001"\ndags = "*"\nrequire = ["owner required", "id match \'{ENDLESS}\'"]\n',
            "dagcheck.toml:4: policy.0.require",
        ),
        (
            f'[[policy]]\ncode = "ORG001"\ndags = "not id match [\'a\', \'{ENDLESS}\']"\nrequire = "owner required"\n',
            "dagcheck.toml:3: policy.0.dags",
        ),
    ],
)
def test_a_pattern_that_may_never_end_is_an_error_at_its_place(folder: Folder, text: str, place: str) -> None:
    folder.write("dags/good.py")
    folder.write("dagcheck.toml", text)
    answer = folder.run("check", "--no-cache", "--select", "ALL")
    assert answer.status == 2
    assert place in answer.err
    assert "may take very long to match" in answer.err
    assert "Traceback" not in answer.err


def test_an_option_that_is_no_pattern_is_an_error_at_its_place(folder: Folder) -> None:
    folder.write("dags/good.py")
    folder.write("dagcheck.toml", '[rule]\nunconventional-name = {dag-id = "("}\n')
    answer = folder.run("check", "--no-cache")
    assert answer.status == 2
    assert "dagcheck.toml:2: rule.unconventional-name.dag-id: '(' is no regular expression" in answer.err


def test_an_id_that_is_too_long_to_match_is_passed_over(folder: Folder) -> None:
    """Nobody can have the pattern refused for what one DAG is called."""
    folder.write("dagcheck.toml", '[rule.unconventional-name]\ndag-id = ".*_a.*_b.*_c.*_d"\n')
    folder.write("dags/long.py", GOOD.replace('"good"', '"_a_b_c" * 2_000'))
    folder.write("dags/short.py", GOOD.replace('"good"', '"_a_b_c"'))
    began = time.process_time()
    answer = folder.run("check", "--no-cache", "--select", "DAG904", "--format", "concise", "--fail-on", "info")
    assert time.process_time() - began < 20
    assert "dags/short.py:5:6: info DAG904" in answer.out
    assert "dags/long.py" not in answer.out


def test_a_policy_says_nothing_of_a_text_that_would_take_very_long() -> None:
    expression = parse_expression("argument.bash_command match '.*a.*a.*a.*b'")
    assert expression.holds(Named("a" * 100_000)) is None
    assert expression.holds(Named("cat a b | tr a b > a; b")) is True
    assert expression.holds(Named("cat")) is False


@pytest.mark.parametrize("key", ["exclude", "include"])
def test_patterns_of_files_are_matched_in_little_time(folder: Folder, key: str) -> None:
    folder.write("dagcheck.toml", f'{key} = ["{"*a" * 20}b", "good.py"]\n[per-file-ignores]\n"{"*a" * 20}b" = ["DAG1"]\n')
    folder.write("dags/good.py")
    folder.write(f"dags/{'a' * 200}.py", GOOD.replace('"good"', '"other"'))
    answer = folder.run("check", "dags", "--no-cache", "--format", "json")
    assert answer.status == 0
    assert '"dags": 1,' in answer.out


def test_a_configuration_of_many_thousand_lines_takes_little_time(folder: Folder) -> None:
    folder.write("dags/good.py")
    names = "".join(f'NAME_{number} = "value"\n' for number in range(20_000))
    folder.write("dagcheck.toml", f"[env]\n{names}[variables]\n{names}[severity]\nDAG999999 = 3\n")
    began = time.process_time()
    answer = folder.run("check", "dags", "--no-cache")
    assert time.process_time() - began < 20
    assert answer.status == 2
    assert "dagcheck.toml:40004: severity.DAG999999 must be one of" in answer.err
    folder.write("dagcheck.toml", f"[env]\n{names}")
    assert folder.run("check", "dags", "--no-cache").status == 0
    assert folder.run("config", "dags").status == 0
    assert time.process_time() - began < 60


@pytest.mark.parametrize(
    "text", ["a." * 50_000 + "a = 1\n", "x = " + "[" * 50_000 + "]" * 50_000, "x = '''\n" + "a." * 200_000 + "\n'''\n"]
)
def test_a_configuration_that_is_deep_or_wide_is_an_error(folder: Folder, text: str) -> None:
    folder.write("dags/good.py")
    folder.write("dagcheck.toml", text)
    answer = folder.run("check", "dags", "--no-cache")
    assert answer.status == 2
    assert "dagcheck.toml" in answer.err
    assert "Traceback" not in answer.err


def test_a_configuration_of_many_megabytes_is_an_error(folder: Folder) -> None:
    folder.write("dags/good.py")
    folder.write("dagcheck.toml", "# " + "x" * 5_000_000)
    answer = folder.run("check", "dags", "--no-cache")
    assert answer.status == 2
    assert "dagcheck.toml: is larger than 4,194,304 bytes" in answer.err


def test_configurations_that_extend_each_other_in_a_circle_are_told(folder: Folder) -> None:
    folder.write("dags/good.py")
    folder.write("dagcheck.toml", 'extend = "other.toml"\n')
    folder.write("other.toml", 'extend = "third.toml"\n')
    folder.write("third.toml", 'extend = "./dags/../other.toml"\n')
    answer = folder.run("check", "--no-cache")
    assert answer.status == 2
    assert "third.toml:1: extend leads in a circle back to" in answer.err


@pytest.mark.parametrize("by_link", [False, True])
def test_a_chain_of_configurations_without_end_is_told(folder: Folder, by_link: bool) -> None:
    folder.write("dags/good.py")
    if by_link:
        (folder.path / "again").symlink_to(folder.path, target_is_directory=True)
        folder.write("dagcheck.toml", 'extend = "again/dagcheck.toml"\n')
    else:
        for number in range(1_500):
            folder.write(f"{number}.toml", f'extend = "{number + 1}.toml"\n')
        folder.write("dagcheck.toml", 'extend = "0.toml"\n')
    answer = folder.run("check", "--no-cache")
    assert answer.status == 2
    assert "dagcheck.toml: extend leads through more than 20 files" in answer.err
