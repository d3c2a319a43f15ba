"""Configuration on the disk: what is in force, where it comes from, and errors that point into the file."""

import json
import tomllib

import jsonschema
import pytest

from tests.cli.gate.project import CLEAN, CRON, WRONG_CRON, Project


def test_config_shows_each_value_with_its_line(project: Project) -> None:
    project.write(
        "pyproject.toml",
        '[project]\nname = "x"\n\n[tool.dagcheck]\nairflow = "2.11"\ndags = ["dags"]\n\n[tool.dagcheck.severity]\nDAG3 = "error"\n',
    )
    project.write("dags/a.py", CLEAN)
    ran = project.run("config", "dags/a.py")
    assert ran.status == 0
    path = project.folder / "pyproject.toml"
    lines = [line.split(maxsplit=1) for line in ran.out.splitlines() if " = " in line]
    values = {key: " ".join(rest.split()) for key, rest in lines}
    assert values["airflow"] == f'= "2.11" # {path}:5'
    assert values["dags"] == f'= ["dags"] # {path}:6'
    assert values["severity"] == f'= {{"DAG3": "error"}} # {path}:8, {path}:9'
    assert values["fail-on"] == '= "warning" # default'
    shown = json.loads(project.run("config", "dags/a.py", "--format", "json").out)
    assert shown["values"]["airflow"] == {"value": "2.11", "from": f"{path}:5"}
    assert shown["dag-folder"] == str(project.folder / "dags")
    assert shown["rules"]["DAG306"] == {"name": "invalid-schedule", "severity": "error", "ignored-here": False}


def test_config_shows_no_value_of_variables_and_environment(project: Project) -> None:
    project.write("dagcheck.toml", 'env = {TOKEN = "a-value-to-hide"}\nvariables = {key = "a-value-to-hide"}\n')
    for form in ("text", "json"):
        ran = project.run("config", "--format", form)
        assert "TOKEN" in ran.out
        assert "a-value-to-hide" not in ran.out


def test_the_nearest_configuration_holds_and_takes_over_what_it_extends(project: Project) -> None:
    project.write(
        "dagcheck.toml", 'airflow = "2.11"\nignore = ["DAG004"]\nbaseline = "known.json"\nseverity = {DAG306 = "info", DAG101 = "info"}\n'
    )
    project.write("teams/a/dagcheck.toml", 'extend = "../../dagcheck.toml"\nairflow = "3.0"\nseverity = {DAG306 = "warning"}\n')
    project.write("teams/b/dagcheck.toml", 'airflow = "3.1"\n')
    for path in ("teams/a/dags/a.py", "teams/b/dags/b.py"):
        project.write(path, CLEAN)
    a = json.loads(project.run("config", "teams/a/dags/a.py", "--format", "json").out)
    root, near = project.folder / "dagcheck.toml", project.folder / "teams/a/dagcheck.toml"
    assert a["airflow"] == "3.0"
    assert a["values"]["ignore"] == {"value": ["DAG004"], "from": f"{root}:2"}
    assert a["values"]["severity"] == {"value": {"DAG306": "warning", "DAG101": "info"}, "from": f"{root}:4, {near}:3"}
    assert a["values"]["baseline"] == {"value": None, "from": "default"}
    b = json.loads(project.run("config", "teams/b/dags/b.py", "--format", "json").out)
    assert (b["airflow"], b["values"]["ignore"]["value"]) == ("3.1", [])


def test_one_run_holds_each_file_to_its_own_configuration(project: Project) -> None:
    project.write("a/dagcheck.toml", 'ignore = ["DAG306"]\n')
    project.write("b/dagcheck.toml", 'severity = {invalid-schedule = "info"}\n')
    project.write("a/dags/a.py", WRONG_CRON)
    project.write("b/dags/b.py", WRONG_CRON.replace("wrong", "other"))
    findings = project.run("check", "a", "b", *CRON[:1], "DAG3", "--ignore", "DAG303", "--format", "json").findings
    assert [(finding["path"], finding["severity"]) for finding in findings if finding["code"] == "DAG306"] == [("b/dags/b.py", "info")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('airflow = "2.11"\nignor = []\n', "dagcheck.toml:2: unknown key 'ignor'; did you mean 'ignore'?"),
        ("# note\nignore = 'DAG1'\n", "dagcheck.toml:2: ignore must be a list of texts"),
        ("a = = 1\n", "dagcheck.toml: is not valid TOML"),
        ('extend = "dagcheck.toml"\n', "dagcheck.toml:1: extend leads in a circle"),
        ('\nextend = "other.toml"\n', "other.toml: no such file"),
        (
            '[[policy]]\ncode = "ORG001"\ntasks = "*"\nrequire = "retires >= 2"\n',
            "dagcheck.toml:4: policy.0.require tasks have no field 'retires'; did you mean 'retries'?",
        ),
        (
            '[[policy]]\ncode = "ORG001"\ntasks = "*"\nrequire = "pool required"\n\n[[policy]]\ncode = "ORG002"\ntasks = "owner ="\nrequire = "x"\n',
            "dagcheck.toml:8: policy.1.tasks",
        ),
        (
            '[[policy]]\ncode = "DAG101"\ntasks = "*"\nrequire = "pool required"\n',
            "dagcheck.toml:2: policy.0.code must be capital letters of your own",
        ),
        (
            '[[policy]]\ncode = "ORG001"\nname = "invalid-schedule"\ntasks = "*"\nrequire = "pool required"\n',
            "invalid-schedule is the rule DAG306 invalid-schedule",
        ),
        ('[[policy]]\ncode = "ORG001"\nrequire = "pool required"\n', "needs either dags or tasks"),
        ('select = ["DAG99999"]\n', "no rule is called 'DAG99999'"),
        ("[rule.invalid-shedule]\nx = 1\n", "no rule is called 'invalid-shedule'; did you mean 'invalid-schedule'?"),
    ],
)
def test_a_wrong_configuration_is_status_2_and_names_the_place(project: Project, text: str, message: str) -> None:
    project.write("dagcheck.toml", text)
    project.write("dags/a.py", CLEAN)
    ran = project.run("check", "dags")
    assert (ran.status, ran.out) == (2, "")
    assert message in ran.err


def test_config_of_a_path_that_is_not_there_is_status_2(project: Project) -> None:
    ran = project.run("config", "missing")
    assert (ran.status, "missing: no such file or directory" in ran.err) == (2, True)


def test_the_schema_that_config_prints_accepts_a_configuration(project: Project) -> None:
    schema = json.loads(project.run("config", "--schema").out)
    jsonschema.validate(tomllib.loads('dags = ["dags"]'), schema)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--unsafe-fixes",), "--unsafe-fixes needs --fix or --diff"),
        (("--fix", "--write-baseline", "x"), "--fix and --write-baseline do not go together"),
        (("--diff", "--add-ignores"), "--diff and --add-ignores do not go together"),
        (("--baseline", "x", "--write-baseline", "y"), "--baseline and --write-baseline do not go together"),
        (("--changed-since", "x", "--write-baseline", "y"), "--write-baseline and --changed-since do not go together"),
        (("--reason", "x"), "--reason needs --add-ignores"),
        (("-", "--changed-since", "HEAD"), "--changed-since does not go together with standard input"),
        (("-", "--add-ignores"), "--add-ignores does not go together with standard input"),
        (("--format", "xml"), "invalid choice: 'xml'"),
        (("--select", ","), "expected rule codes"),
        (("--select", "DAG99999"), "no rule is called 'DAG99999'"),
    ],
)
def test_options_that_make_no_sense_are_status_2(project: Project, options: tuple[str, ...], message: str) -> None:
    project.write("dags/a.py", CLEAN)
    ran = project.run("check", *(() if "-" in options else ("dags",)), *options)
    assert (ran.status, ran.out) == (2, "")
    assert message in ran.err
