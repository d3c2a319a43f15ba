"""`dagcheck init`: what fits the repository, shown first, and nothing that is there is spoilt."""

import json
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dagcheck.commands.proposals import GITHUB_WORKFLOW, GITLAB_JOB, PRE_COMMIT_HOOK
from dagcheck.version import __version__
from tests.cli.gate.project import CLEAN, WRONG_CRON, Project

REPOSITORY = Path(__file__).resolve().parents[3]


def vendored(name: str) -> dict[str, Any]:
    """A schema as check-jsonschema ships it."""
    found: dict[str, Any] = json.loads(
        resources.files("check_jsonschema").joinpath("builtin_schemas", "vendor", f"{name}.json").read_text("utf-8")
    )
    return found


@pytest.fixture
def repository(project: Project) -> Project:
    project.git("init", "--quiet")
    project.write("airflow/dags/clean.py", CLEAN)
    project.write("airflow/dags/more/other.py", CLEAN.replace("clean", "other"))
    project.write("tests/test_dags.py", "from airflow.models import DagBag\n")
    return project


def test_it_shows_everything_and_writes_nothing_without_a_yes(repository: Project) -> None:
    (repository.folder / ".github").mkdir()
    before = repository.files()
    ran = repository.run("init")
    assert ran.status == 0
    assert '+dags = ["airflow/dags"]' in ran.out
    assert "+++ b/.pre-commit-config.yaml" in ran.out
    assert "+++ b/.github/workflows/dagcheck.yml" in ran.out
    assert "Nothing was written" in ran.err
    assert repository.files() == before


def test_what_it_writes_works_and_a_second_run_has_nothing_to_write(repository: Project) -> None:
    (repository.folder / ".github").mkdir()
    repository.write(".gitlab-ci.yml", "build:\n  script: make\n")
    assert repository.run("init", "--yes").status == 0
    assert repository.run("check").status == 0
    again = repository.run("init", "--yes")
    assert (again.status, again.out, "There is nothing to write." in again.err) == (0, "", True)


@pytest.mark.parametrize(
    ("path", "text", "version"),
    [
        ("requirements.txt", "x\napache-airflow[aws,google]==2.10.4\n", "2.10"),
        ("pyproject.toml", '[project]\nname = "x"\ndependencies = ["apache-airflow>=2.11,<3"]\n', "2.11"),
        ("Dockerfile", "FROM apache/airflow:slim-3.0.2-python3.12\n", "3.0"),
        ("docker-compose.yaml", "image: ${AIRFLOW_IMAGE_NAME:-apache/airflow:2.9.1}\n", "2.9"),
        (".env", "AIRFLOW_VERSION=3.1.0\n", "3.1"),
        ("requirements.txt", "-c https://example.invalid/constraints-2.8.4/constraints-3.11.txt\n", "2.8"),
    ],
)
def test_the_airflow_version_comes_from_the_repositorys_own_files(repository: Project, path: str, text: str, version: str) -> None:
    repository.write(path, text)
    repository.run("init", "--yes")
    shown = json.loads(repository.run("config", "--format", "json").out)
    assert shown["airflow"] == version
    written = Path(shown["configuration"])
    assert f'airflow = "{version}"  # as in {path}:' in written.read_text()


def test_a_pyproject_and_its_comments_are_kept(repository: Project) -> None:
    text = '# ours\n[project]\nname = "x"   # the name\n[tool.other]\nkey = [\n  1, # one\n]'
    repository.write("pyproject.toml", text)
    repository.run("init", "--yes")
    written = repository.read("pyproject.toml")
    assert written.startswith(text)
    assert tomllib.loads(written)["tool"] == {"other": {"key": [1]}, "dagcheck": {"dags": ["airflow/dags"]}}


@pytest.mark.parametrize(
    "text",
    [
        "repos:\n  - repo: https://example.invalid/a\n    rev: v1\n    hooks:\n      - id: a\n",
        "# ours\nrepos:\n- repo: https://example.invalid/a  # first\n  rev: v1\n  hooks:\n  - id: a\n\nci:\n  skip: [a]\n",
        "repos:\n    - repo: local\n      hooks:\n          - {id: a, name: a, entry: a, language: system}",
        "default_stages: [pre-commit]\nrepos:\n  - repo: meta\n    hooks: [{id: identity}]\nfail_fast: true\n",
    ],
)
def test_a_pre_commit_configuration_gets_one_entry_more_and_stays_what_it_was(repository: Project, text: str) -> None:
    (repository.folder / ".pre-commit-config.yaml").write_text(text)
    assert repository.run("init", "--yes").status == 0
    before, after = yaml.safe_load(text), yaml.safe_load(repository.read(".pre-commit-config.yaml"))
    added = after["repos"].pop()
    assert after == before
    hook = added["hooks"][0]
    assert (added["repo"], hook["id"], hook["files"]) == ("local", "dagcheck", "^(airflow/dags)/")
    assert hook["additional_dependencies"] == [f"dagcheck-airflow=={__version__}"]


@pytest.mark.parametrize(
    "text", ["repos: []\n", "repos: [{repo: meta, hooks: [{id: identity}]}]\n", "repos:\n  - &a\n    repo: meta\n", ": broken: yaml\n"]
)
def test_a_pre_commit_configuration_that_cannot_be_added_to_safely_is_left_and_told(repository: Project, text: str) -> None:
    (repository.folder / ".pre-commit-config.yaml").write_text(text)
    ran = repository.run("init", "--yes")
    assert ran.status == 2
    assert ".pre-commit-config.yaml: add this to its repos by hand:" in ran.out
    assert repository.read(".pre-commit-config.yaml") == text


@pytest.mark.parametrize(
    ("text", "stage"), [("job:\n  script: x\n", "test"), ("stages: [lint, ship]\njob:\n  stage: lint\n  script: x", "lint")]
)
def test_a_gitlab_pipeline_gets_one_job_more_in_a_stage_that_it_has(repository: Project, text: str, stage: str) -> None:
    (repository.folder / ".gitlab-ci.yml").write_text(text)
    assert repository.run("init", "--yes").status == 0
    after = yaml.safe_load(repository.read(".gitlab-ci.yml"))
    jsonschema.Draft7Validator(vendored("gitlab-ci")).validate(after)
    assert after.pop("dagcheck")["stage"] == stage
    assert after == yaml.safe_load(text)


def test_a_gitlab_pipeline_that_cannot_be_read_is_left_and_told(repository: Project) -> None:
    text = "job:\n  script: !reference [other, script]\n"
    (repository.folder / ".gitlab-ci.yml").write_text(text)
    ran = repository.run("init", "--yes")
    assert (ran.status, ".gitlab-ci.yml: add this by hand:" in ran.out) == (2, True)
    assert repository.read(".gitlab-ci.yml") == text


def test_a_baseline_makes_an_old_repository_green(repository: Project) -> None:
    repository.write("airflow/dags/wrong.py", WRONG_CRON)
    assert repository.run("check").status != 0
    ran = repository.run("init", "--yes", "--baseline")
    assert (ran.status, "known from now on, in dagcheck-baseline.json" in ran.err) == (0, True)
    assert repository.run("check").status == 0
    repository.write("airflow/dags/new.py", WRONG_CRON.replace("wrong", "new"))
    assert repository.run("check").status == 1


def test_a_configured_repository_keeps_its_configuration(repository: Project) -> None:
    repository.write("dagcheck.toml", "# mine\n")
    ran = repository.run("init", "--yes", "--ci", "none")
    assert "dagcheck.toml" not in ran.out
    assert repository.read("dagcheck.toml") == "# mine\n"


def test_the_jobs_are_valid_and_documented() -> None:
    jsonschema.Draft7Validator(vendored("github-workflows")).validate(
        {str(key).replace("True", "on"): value for key, value in yaml.safe_load(GITHUB_WORKFLOW).items()}
    )
    jsonschema.Draft7Validator(vendored("gitlab-ci")).validate(yaml.safe_load(GITLAB_JOB))
    documented = (REPOSITORY / "docs" / "ci.md").read_text(encoding="utf-8")
    assert f"```yaml\n{GITHUB_WORKFLOW}```" in documented
    assert f"```yaml\n{GITLAB_JOB}```" in documented


def test_the_hook_that_init_writes_is_the_one_that_the_repository_offers() -> None:
    written = yaml.safe_load(f"repos:\n{PRE_COMMIT_HOOK}")["repos"][0]["hooks"][0]
    offered = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]
    kept = {"id", "name", "entry", "language", "types", "require_serial"}
    assert {key: written[key] for key in kept} == {key: offered[key] for key in kept}


def test_the_action_is_valid_and_passes_no_input_into_a_script() -> None:
    action = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(vendored("github-actions")).validate(action)
    assert not any("${{" in step["run"] for step in action["runs"]["steps"])
