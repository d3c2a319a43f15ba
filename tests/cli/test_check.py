"""`dagcheck check` as a user meets it: formats, streams, exit statuses, options."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import GOOD, Folder

BAD_CRON = GOOD.replace('"good"', '"bad"').replace("0 5 * * *", "0 25 * * *")
OLD_FLOOD = """\
import pendulum

from airflow import DAG
from airflow.operators.empty import EmptyOperator

with DAG("old", schedule="0 5 * * *", start_date=pendulum.datetime(2025, 1, 1), default_args={"owner": "me", "retries": 2}, tags=["a"], doc_md="Old."):
    EmptyOperator(task_id="nothing")
"""
FLOOD = GOOD.replace('"good"', '"flood"').replace("catchup=False", "catchup=True")
UNUSED = GOOD.replace("    load()\n", "    load()  # dagcheck: ignore[DAG101]\n")


def test_a_good_dag_is_green_and_says_what_was_looked_at(folder: Folder) -> None:
    folder.write("good.py")
    answer = folder.run("check", "good.py")
    assert (answer.status, answer.err) == (0, "")
    assert answer.out == "Looked at 1 file with 1 DAG, all exact.\nNo findings.\n"


def test_quiet_leaves_results_alone_and_says_nothing_else(folder: Folder) -> None:
    folder.write("good.py")
    folder.write("bad.py", BAD_CRON)
    assert folder.run("check", "good.py", "--quiet").out == ""
    quiet = folder.run("check", ".", "--quiet", "--format", "concise")
    assert quiet.out.startswith("bad.py:7:14: error DAG306")
    assert len(quiet.out.splitlines()) == 1


def test_json_goes_to_stdout_and_the_summary_to_stderr(folder: Folder) -> None:
    folder.write("bad.py", BAD_CRON)
    answer = folder.run("check", "bad.py", "--format", "json")
    told = json.loads(answer.out)
    assert answer.status == 1
    assert "Looked at 1 file with 1 DAG" in answer.err
    assert {key: told[key] for key in ("version", "files", "dags")} == {"version": 1, "files": 1, "dags": 1}
    (finding,) = told["findings"]
    assert {
        key: finding[key] for key in ("code", "name", "severity", "path", "line", "column", "end_line", "end_column", "dag_id", "task_id")
    } == {
        "code": "DAG306",
        "name": "invalid-schedule",
        "severity": "error",
        "path": "bad.py",
        "line": 7,
        "column": 14,
        "end_line": 7,
        "end_column": 26,
        "dag_id": "bad",
        "task_id": None,
    }
    assert finding["fix"]["safety"] == "unsafe"
    assert len(finding["fingerprint"]) == 32


def test_the_fingerprint_survives_line_shifts_and_changes_with_the_dag(folder: Folder) -> None:
    def fingerprint(text: str) -> str:
        folder.write("bad.py", text)
        return str(json.loads(folder.run("check", "bad.py", "--format", "json").out)["findings"][0]["fingerprint"])

    first = fingerprint(BAD_CRON)
    assert fingerprint("# a line\n\n" + BAD_CRON) == first
    assert fingerprint(BAD_CRON.replace('"bad"', '"other"')) != first


def test_output_goes_to_a_file_on_request(folder: Folder) -> None:
    folder.write("bad.py", BAD_CRON)
    answer = folder.run("check", "bad.py", "--format", "concise", "--output", "report.txt")
    assert (answer.status, answer.out) == (1, "")
    assert (folder.path / "report.txt").read_text().startswith("bad.py:7:14: error DAG306")


@pytest.mark.parametrize(
    ("text", "words", "status"),
    [
        (BAD_CRON, (), 1),
        (BAD_CRON, ("--ignore", "DAG306"), 0),
        (BAD_CRON, ("--select", "DAG1"), 0),
        (BAD_CRON, ("--select", "DAG1,invalid-schedule"), 1),
        (FLOOD, (), 1),
        (FLOOD, ("--fail-on", "error"), 0),
        (OLD_FLOOD, ("--airflow", "2.11"), 1),
        (GOOD, ("--extend-select", "DAG005"), 0),
    ],
)
def test_the_exit_status_follows_selection_and_severity(folder: Folder, text: str, words: tuple[str, ...], status: int) -> None:
    folder.write("dag.py", text)
    assert folder.run("check", "dag.py", *words).status == status


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--select", "DAG999"), "no rule is called 'DAG999'"),
        (("--format", "xml"), "invalid choice: 'xml'"),
        (("--airflow", "newest"), "is not an Airflow version"),
        (("--unsafe-fixes",), "--unsafe-fixes needs --fix or --diff"),
        (("--stdin-filename", "x.py"), "--stdin-filename needs - as the path"),
        (("--config", "gone.toml"), "gone.toml: no such file"),
        (("--no-such-option",), "unrecognized arguments"),
    ],
)
def test_bad_usage_ends_in_2_with_the_reason_on_stderr(folder: Folder, words: tuple[str, ...], message: str) -> None:
    folder.write("dag.py")
    answer = folder.run("check", "dag.py", *words)
    assert (answer.status, answer.out) == (2, "")
    assert message in answer.err
    assert "Traceback" not in answer.err


def test_bad_configuration_ends_in_2_and_names_the_line(folder: Folder) -> None:
    folder.write("dag.py")
    folder.write("pyproject.toml", "[tool.dagcheck]\nairflwo = '3.3'\n")
    answer = folder.run("check", "dag.py")
    assert (answer.status, answer.out) == (2, "")
    assert "pyproject.toml:2: unknown key 'airflwo'; did you mean 'airflow'?" in answer.err


def test_the_configuration_decides_what_is_looked_at_and_for_which_airflow(folder: Folder) -> None:
    folder.write(
        "dagcheck.toml", 'dags = ["pipelines"]\nairflow = "2.11"\nignore = ["DAG302"]\n[per-file-ignores]\n"pipelines/old/" = ["DAG306"]\n'
    )
    folder.write("pipelines/a.py", OLD_FLOOD)
    folder.write("pipelines/old/b.py", OLD_FLOOD.replace("0 5", "0 25").replace('"old"', '"older"'))
    folder.write("elsewhere/c.py", BAD_CRON)
    answer = folder.run("check")
    assert answer.status == 0
    assert "Looked at 2 files with 2 DAGs" in answer.out
    assert json.loads(folder.run("show", "--format", "json").out)["airflow"] == "2.11"


def test_severity_and_options_come_from_the_configuration(folder: Folder) -> None:
    folder.write("dag.py", FLOOD)
    folder.write("dagcheck.toml", '[severity]\nDAG3 = "info"\n')
    assert folder.run("check").status == 0
    folder.write("dagcheck.toml", "[rule.catchup-risk]\nmax-runs = 1000000\n")
    assert "No findings." in folder.run("check").out


def test_a_suppression_holds_and_an_unused_one_is_found(folder: Folder) -> None:
    folder.write("dag.py", BAD_CRON.replace('"0 25 * * *",', '"0 25 * * *",  # dagcheck: ignore[DAG306] -- soon'))
    assert folder.run("check", "dag.py").status == 0
    folder.write("dag.py", UNUSED)
    answer = folder.run("check", "dag.py", "--format", "concise")
    assert answer.status == 1
    assert "dag.py:19:13: warning DAG004 [*]" in answer.out
    assert folder.run("check", "dag.py", "--select", "DAG3,DAG004").status == 0, "what did not run may be of use in another run"


def test_a_file_is_suppressed_from_its_head(folder: Folder) -> None:
    folder.write("dag.py", "# dagcheck: ignore-file[invalid-schedule] -- all to be rewritten\n" + BAD_CRON)
    assert folder.run("check", "dag.py").status == 0


def test_fix_writes_safe_fixes_and_reports_the_rest(folder: Folder) -> None:
    folder.write("unused.py", UNUSED.replace("\n", "\r\n"))
    folder.write("bad.py", BAD_CRON)
    answer = folder.run("check", ".", "--fix", "--format", "concise")
    assert (folder.path / "unused.py").read_bytes() == GOOD.replace("\n", "\r\n").encode()
    assert (folder.path / "bad.py").read_text() == BAD_CRON
    assert answer.status == 1
    assert "1 fix was made in 1 file." in answer.err
    assert "DAG306" in answer.out
    assert "DAG004" not in answer.out


def test_unsafe_fixes_are_made_on_request(folder: Folder) -> None:
    folder.write("bad.py", BAD_CRON)
    assert folder.run("check", "bad.py", "--fix", "--unsafe-fixes").status == 0
    assert (folder.path / "bad.py").read_text() == BAD_CRON.replace("0 25", "0 23")


def test_a_diff_shows_the_fixes_and_changes_nothing(folder: Folder) -> None:
    folder.write("unused.py", UNUSED)
    answer = folder.run("check", ".", "--diff")
    assert answer.status == 1
    assert (folder.path / "unused.py").read_text() == UNUSED
    assert "--- a/unused.py\n+++ b/unused.py\n" in answer.out
    assert "\n-    load()  # dagcheck: ignore[DAG101]\n+    load()\n" in answer.out
    assert "1 fix would be made in 1 file." in answer.err


def test_fixed_files_keep_their_permissions_and_links(folder: Folder) -> None:
    real = folder.write("real/dag.py", UNUSED)
    real.chmod(0o750)
    (folder.path / "dag.py").symlink_to(real)
    folder.run("check", "dag.py", "--fix")
    assert (folder.path / "dag.py").is_symlink()
    assert real.read_text() == GOOD
    assert real.stat().st_mode & 0o777 == 0o750


def test_standard_input_is_checked_under_its_name(folder: Folder) -> None:
    answer = folder.run("check", "-", "--stdin-filename", "dags/new.py", "--format", "concise", stdin=BAD_CRON.encode())
    assert answer.status == 1
    assert answer.out.startswith("dags/new.py:7:14: error DAG306")
    assert folder.run("check", "-", "--fix", stdin=b"").status == 2


def test_statistics_count_by_rule(folder: Folder) -> None:
    folder.write("a.py", BAD_CRON)
    folder.write("b.py", BAD_CRON.replace('"bad"', '"worse"'))
    assert "     2  DAG306  invalid-schedule\n" in folder.run("check", ".", "--statistics", "--format", "concise").out


def test_what_spans_files_is_judged_on_the_whole_project_on_request(folder: Folder) -> None:
    folder.write("dagcheck.toml", 'dags = ["dags"]\n')
    folder.write("dags/first.py")
    folder.write("dags/second.py")
    folder.write("dags/third.py", BAD_CRON)
    alone = folder.run("check", "dags/second.py", "--format", "concise")
    together = folder.run("check", "dags/second.py", "--format", "concise", "--with-project", "--quiet")
    assert alone.status == 0
    assert together.status == 1
    assert together.out.count("\n") == 1
    assert "dags/second.py:5:6: error DAG201" in together.out
    assert "dags/first.py:5" in together.out


def test_a_helper_module_may_be_checked_together_with_its_project(folder: Folder) -> None:
    folder.write("dagcheck.toml", 'dags = ["dags"]\n')
    folder.write("dags/good.py")
    folder.write("dags/helper.py", "x = 1\n")
    assert folder.run("check", "dags/helper.py").status == 2
    assert folder.run("check", "dags/helper.py", "--with-project").status == 0


def test_a_finding_in_a_helper_module_is_suppressed_there(folder: Folder) -> None:
    helper = 'DAILY = "0 25 * * *"\n'
    folder.write("dags/helper.py", helper)
    folder.write(
        "dags/dag.py", BAD_CRON.replace('"0 25 * * *"', "helper.DAILY").replace("import pendulum", "import helper\nimport pendulum")
    )
    answer = folder.run("check", "dags/dag.py", "--format", "concise")
    assert answer.status == 1
    assert "DAG306" in answer.out


def test_the_order_of_paths_changes_nothing(folder: Folder) -> None:
    for name in "abc":
        folder.write(f"{name}.py", BAD_CRON)
    outputs = {
        folder.run("check", *names, "--format", "concise").out for names in (("a.py", "b.py", "c.py"), ("c.py", "a.py", "b.py"), (".",))
    }
    assert len(outputs) == 1


def test_help_and_version_work_without_a_command(folder: Folder) -> None:
    assert folder.run("--version").out.startswith("dagcheck ")
    assert "exit status" in folder.run("--help").out.lower()
    assert folder.run().status == 2
    assert folder.run("no-such-command").status == 2


def test_a_rule_that_crashes_is_named_and_does_not_stop_the_others(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    from dagcheck_rules.identity.duplicate_task_id import DuplicateTaskId

    def crash(self: object, dag: object, context: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(DuplicateTaskId, "check_dag", crash)
    folder.write("bad.py", BAD_CRON)
    answer = folder.run("check", "bad.py", "--format", "concise")
    assert answer.status == 2
    assert "error: rule DAG202 duplicate-task-id crashed on bad.py: RuntimeError: boom" in answer.err
    assert "DAG306" in answer.out


def test_a_missing_pack_ends_in_2(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dagcheck.engine.packs.entries", lambda group: [])
    folder.write("good.py")
    answer = folder.run("check", "good.py")
    assert (answer.status, answer.out) == (2, "")
    assert "no rule pack is installed" in answer.err


def test_rules_are_listed_and_explained(folder: Folder) -> None:
    assert "DAG101  error    cyclic-dependency" in folder.run("rules").out
    assert json.loads(folder.run("rules", "--format", "json").out)[0]["code"] == "DAG001"
    assert folder.run("rule", "dag101").out == folder.run("rule", "cyclic-dependency").out
    assert json.loads(folder.run("rule", "DAG301", "--format", "json").out)["options"]["max-runs"]["default"] == 10
    answer = folder.run("rule", "cyclic-dependancy")
    assert (answer.status, "did you mean 'cyclic-dependency'?" in answer.err) == (2, True)


def test_the_shipped_package_imports_nothing_heavy_for_its_version() -> None:
    code = "import sys\nfrom dagcheck.cli.main import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    print(sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parent)
    heavy = {"pydantic", "libcst", "networkx", "sqlglot", "hypothesis", "yaml", "rich", "jinja2", "croniter", "typing"}
    assert not heavy & set(ast.literal_eval(done.stderr))


def test_an_idle_suppression_of_a_file_is_told_of_the_file(folder: Folder) -> None:
    folder.write("dag.py", "# dagcheck: ignore-file[DAG101]\n" + GOOD)
    assert "Nothing in this file is found by DAG101." in folder.run("check", "dag.py", "--format", "concise").out
