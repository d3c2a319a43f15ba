"""Baselines: what is known does not count, what is new does."""

import json

import pytest

from tests.cli.gate.project import CRON, WRONG_CRON, Project
from tests.unit.report.outcomes import password, with_secret

CHECK = ("check", "dags", *CRON, "--format", "json", "--baseline", "known.json")
WRITE = ("check", "dags", *CRON, "--write-baseline", "known.json")
TWICE = WRONG_CRON + WRONG_CRON.partition("\n\n")[2]


def test_todays_findings_are_known_tomorrow_and_new_ones_are_not(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    assert project.run(*WRITE).status == 0
    ran = project.run(*CHECK)
    assert (ran.status, ran.codes) == (0, [])
    assert "1 known finding is in the baseline known.json." in ran.err
    project.write("dags/other.py", WRONG_CRON.replace("wrong", "other"))
    assert project.run(*CHECK).codes == [("dags/other.py", "DAG306")]


def test_moved_lines_are_still_known(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    project.run(*WRITE)
    project.write("dags/wrong.py", f"# a new line\n\n\n{WRONG_CRON}\nMORE = 1\n")
    assert project.run(*CHECK).codes == []


def test_a_second_finding_of_the_same_kind_is_new(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    project.run(*WRITE)
    project.write("dags/wrong.py", TWICE)
    ran = project.run(*CHECK)
    assert [(finding["code"], finding["line"]) for finding in ran.findings] == [("DAG306", 6)]


def test_a_renamed_file_with_the_same_content_is_known(project: Project) -> None:
    path = project.write("dags/wrong.py", WRONG_CRON)
    project.write("dags/kept.py", WRONG_CRON.replace("wrong", "kept"))
    project.run(*WRITE)
    (project.folder / "dags" / "deep").mkdir()
    path.rename(project.folder / "dags" / "deep" / "renamed.py")
    ran = project.run(*CHECK)
    assert (ran.status, ran.codes) == (0, [])
    assert "stale" not in ran.err


def test_a_copied_file_is_new(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    project.run(*WRITE)
    project.write("dags/copy.py", WRONG_CRON)
    assert project.run(*CHECK).codes == [("dags/copy.py", "DAG306")]


def test_stale_entries_are_told(project: Project) -> None:
    path = project.write("dags/wrong.py", WRONG_CRON)
    project.write("dags/mended.py", WRONG_CRON.replace("wrong", "mended"))
    project.run(*WRITE)
    project.write("dags/mended.py", WRONG_CRON.replace("wrong", "mended").replace("22 45", "22 4"))
    path.unlink()
    ran = project.run(*CHECK)
    assert ran.status == 0
    assert "2 baseline entries are stale, because nothing is found there any more: dags/mended.py DAG306, dags/wrong.py DAG306;" in ran.err


def test_an_entry_is_not_stale_because_its_file_or_rule_was_not_looked_at(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    project.write("dags/other.py", WRONG_CRON.replace("wrong", "other"))
    project.run(*WRITE)
    one = project.run("check", "dags/other.py", *CRON, "--baseline", "known.json")
    assert (one.status, "stale" in one.err) == (0, False)
    selected = project.run("check", "dags", "--select", "DAG001", "--baseline", "known.json")
    assert (selected.status, "stale" in selected.err) == (0, False)


def test_a_suppressed_finding_makes_no_other_one_new(project: Project) -> None:
    project.write("dags/wrong.py", TWICE)
    project.run(*WRITE)
    project.write("dags/wrong.py", TWICE.replace('"22 45 * * *"):', '"22 45 * * *"):  # dagcheck: ignore[DAG306] -- known', 1))
    ran = project.run(*CHECK)
    assert (ran.codes, "stale" in ran.err) == ([], False)


def test_the_configuration_names_the_baseline_relative_to_itself(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("dagcheck.toml", 'baseline = "known.json"\n')
    project.write("dags/wrong.py", WRONG_CRON)
    project.write("known.json", "")
    (project.folder / "known.json").unlink()
    assert project.run(*WRITE).status == 0
    monkeypatch.chdir(project.folder / "dags")
    assert project.run("check", ".", *CRON).status == 0


def test_each_project_of_a_repository_has_its_own_baseline(project: Project) -> None:
    for name in ("a", "b"):
        project.write(f"{name}/dagcheck.toml", 'baseline = "known.json"\n')
        project.write(f"{name}/dags/wrong.py", WRONG_CRON.replace("wrong", name))
        assert project.run("check", name, *CRON, "--write-baseline", f"{name}/known.json").status == 0
    assert project.run("check", "a", "b", *CRON).status == 0
    project.write("b/dags/new.py", WRONG_CRON)
    assert project.run("check", "a", "b", *CRON, "--format", "json").codes == [("b/dags/new.py", "DAG306")]


def test_writing_it_again_gives_the_same_bytes_and_takes_new_findings_in(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    project.run(*WRITE)
    once = project.read("known.json")
    project.run(*WRITE)
    assert project.read("known.json") == once
    project.write("dags/other.py", WRONG_CRON.replace("wrong", "other"))
    project.run(*WRITE)
    assert project.run(*CHECK).status == 0


def test_sarif_tells_known_findings_as_suppressed_elsewhere(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    project.run(*WRITE)
    log = json.loads(project.run("check", "dags", *CRON, "--format", "sarif", "--baseline", "known.json").out)
    assert [result["suppressions"] for result in log["runs"][0]["results"]] == [[{"kind": "external", "status": "accepted"}]]


def test_a_baseline_holds_no_secret(project: Project) -> None:
    project.write("dags/leaky.py", with_secret())
    assert project.run("check", "dags", "--write-baseline", "known.json").status == 0
    text = project.read("known.json")
    assert "DAG401" in text
    assert password() not in text
    project.write("dags/leaky.py", with_secret().replace(password(), password()[::-1]))
    again = project.run("check", "dags", "--write-baseline", "known.json")
    assert again.status == 0
    assert project.read("known.json") == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "known.json:1: the baseline is damaged:"),
        ("\xff", "known.json:1: the baseline is damaged:"),
        ("[" * 100_000, "known.json: the baseline is damaged: it is nested too deeply"),
        ("[]", "known.json: is no baseline of dagcheck"),
        ('{"tool": "dagcheck", "version": 2}', "known.json: is a baseline of version 2; this dagcheck reads version 1"),
        ('{"tool": "dagcheck", "version": 1}', '"findings" must be a list'),
        (
            '{"tool": "dagcheck", "version": 1, "findings": [{"path": 1}], "files": {}}',
            "finding 1 has no path, code, fingerprint and dag_id",
        ),
        ('{"tool": "dagcheck", "version": 1, "findings": [], "files": {"a": 1}}', 'a digest in "files" is no text'),
    ],
)
def test_a_damaged_baseline_is_status_2_with_the_remedy(project: Project, text: str, message: str) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    (project.folder / "known.json").write_text(text, encoding="utf-8")
    ran = project.run(*CHECK)
    assert (ran.status, ran.out) == (2, "")
    assert message in ran.err
    assert "write it anew with --write-baseline" in ran.err


def test_a_baseline_that_is_not_text_is_status_2(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    (project.folder / "known.json").write_bytes(b"\xff\xfe")
    assert "known.json: the baseline is damaged: it is not UTF-8" in project.run(*CHECK).err


def test_a_missing_baseline_is_status_2_and_says_how_to_write_one(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    ran = project.run(*CHECK)
    assert ran.status == 2
    assert "known.json: no such baseline; write one with --write-baseline known.json" in ran.err


def test_no_baseline_is_written_of_half_a_check(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    ran = project.run("check", "dags", "missing", *CRON, "--write-baseline", "known.json")
    assert ran.status == 2
    assert "known.json was not written" in ran.err
    assert project.files() == {"dags/wrong.py"}
