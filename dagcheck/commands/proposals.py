"""What `dagcheck init` would write into a repository: whole new files, and additions to those that are there."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dagcheck import witness
from dagcheck.commands.repository import Repository
from dagcheck.records import dataclass
from dagcheck.version import __version__

DISTRIBUTION = f"dagcheck-airflow=={__version__}"
"""What pip installs: the version that writes the proposals."""
BASELINE = "dagcheck-baseline.json"
REPORT = "gl-code-quality-report.json"


@dataclass(frozen=True)
class Proposal:
    """A file as it would be. `before` is None for a new one. `text` is None where it can't be changed safely: then `note` says what to add by hand."""

    path: Path
    before: str | None
    text: str | None
    note: str = ""


def propose(repository: Repository, *, ci: tuple[str, ...], baseline: bool) -> Iterator[Proposal]:
    """Everything that is missing, in the order in which it is shown."""
    if repository.configured is None:
        yield _configuration(repository, baseline)
    yield from _pre_commit(repository)
    if "github" in ci:
        yield from _github(repository)
    if "gitlab" in ci:
        yield from _gitlab(repository)


def _configuration(repository: Repository, baseline: bool) -> Proposal:
    lines = [f"dags = {json.dumps(list(repository.dags), ensure_ascii=False)}"] if repository.dags and repository.dags != (".",) else []
    if repository.airflow:
        lines.append(f'airflow = "{repository.airflow}"  # as in {repository.airflow_from}')
    if baseline:
        lines.append(f'baseline = "{BASELINE}"')
    pyproject = repository.root / "pyproject.toml"
    if not pyproject.is_file():
        text = "\n".join(lines or ["# The defaults hold; `dagcheck config` shows them."]) + "\n"
        return Proposal(repository.root / "dagcheck.toml", None, text)
    ours = "\n".join(["[tool.dagcheck]", *lines]) + "\n"
    return _added(pyproject, ours, tomllib.loads, lambda old, new: _without(new, "tool", "dagcheck") == _without(old, "tool", "dagcheck"))


def _pre_commit(repository: Repository) -> Iterator[Proposal]:
    path = repository.root / ".pre-commit-config.yaml"
    patterns = "|".join(re.escape(folder) for folder in repository.dags if folder != ".")
    files = f"        files: ^({patterns})/\n" if patterns else ""
    entry = f"{PRE_COMMIT_HOOK}{files}"
    before = _read(path)
    if before is None:
        yield Proposal(path, None, f"repos:\n{entry}")
    elif not re.search(r"\bid: dagcheck\b", before):
        yield _with_repo(path, before, entry)


def _with_repo(path: Path, before: str, entry: str) -> Proposal:
    """The entry after the last one of the list of repositories, indented as the others are."""
    lines = before.splitlines(keepends=True)
    start = next((index for index, line in enumerate(lines) if re.match(r"repos:\s*(#.*)?$", line)), None)
    found = re.search(r"^( *)- repo:", before, re.MULTILINE)
    if start is not None and found is not None:
        end = next((index for index in range(start + 1, len(lines)) if re.match(r"[^\s#-]", lines[index])), len(lines))
        while end > start + 1 and not lines[end - 1].strip():
            end -= 1
        shift = len(found[1]) - 2
        moved = "".join(line[-shift:] if shift < 0 else " " * shift + line for line in entry.splitlines(keepends=True))
        head = "".join(lines[:end])
        text = head + ("" if head.endswith("\n") else "\n") + moved + "".join(lines[end:])
        if _same(before, text, _yaml, _is_one_hook_more):
            return Proposal(path, before, text)
    return Proposal(path, before, None, f"add this to its repos by hand:\n{entry}")


def _is_one_hook_more(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return {**new, "repos": new["repos"][:-1]} == old and new["repos"][-1]["hooks"][0]["id"] == "dagcheck"


def _github(repository: Repository) -> Iterator[Proposal]:
    path = repository.root / ".github" / "workflows" / "dagcheck.yml"
    if not path.exists():
        yield Proposal(path, None, GITHUB_WORKFLOW)


def _gitlab(repository: Repository) -> Iterator[Proposal]:
    path = repository.root / ".gitlab-ci.yml"
    before = _read(path)
    if before is None:
        yield Proposal(path, None, GITLAB_JOB)
    elif not re.search(r"^dagcheck:", before, re.MULTILINE):
        stages = re.search(r"^stages:", before, re.MULTILINE) and _stages(before)
        job = GITLAB_JOB if not stages or "test" in stages else GITLAB_JOB.replace("stage: test", f"stage: {stages[0]}")
        yield _added(path, job, _yaml, lambda old, new: _without(new, "dagcheck") == old)


def _stages(text: str) -> list[str]:
    try:
        found = _yaml(text).get("stages")
    except (ValueError, AttributeError):
        return []
    return [str(stage) for stage in found] if isinstance(found, list) else []


def _added(path: Path, ours: str, read: Callable[[str], Any], is_right: Callable[[Any, Any], bool]) -> Proposal:
    """The file with our part at its end; a proposal without a text where the rest would not mean the same then."""
    before = _read(path) or ""
    text = before + ("" if before.endswith("\n") or not before else "\n") + ("\n" if before.strip() else "") + ours
    if _same(before, text, read, is_right):
        return Proposal(path, before, text)
    return Proposal(path, before, None, f"add this by hand:\n{ours}")


def _same(before: str, text: str, read: Callable[[str], Any], is_right: Callable[[Any, Any], bool]) -> bool:
    try:
        return is_right(read(before) or {}, read(text))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return False


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _without(table: dict[str, Any], *keys: str) -> dict[str, Any]:
    """A table without what is at the end of a path of keys; a table that is empty without it goes, too."""
    if len(keys) == 1:
        return {key: value for key, value in table.items() if key != keys[0]}
    inner = _without(table.get(keys[0], {}), *keys[1:])
    rest = {key: value for key, value in table.items() if key != keys[0]}
    return {**rest, keys[0]: inner} if inner else rest


def _read(path: Path) -> str | None:
    try:
        return witness.read_regular(path)[1].decode("utf-8")
    except FileNotFoundError:
        return None


PRE_COMMIT_HOOK = f"""  - repo: local
    hooks:
      - id: dagcheck
        name: dagcheck
        entry: dagcheck check --with-project --quiet
        language: python
        additional_dependencies: ["{DISTRIBUTION}"]
        types: [python]
        require_serial: true
"""
"""The hook of pre-commit, which installs dagcheck from the package index."""

GITHUB_WORKFLOW = f"""name: dagcheck
on:
  pull_request:
  push:
    branches: [main, master]
permissions:
  contents: read
  security-events: write
jobs:
  dagcheck:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install --quiet {DISTRIBUTION}
      - run: dagcheck check --format github
      - if: always()
        run: |
          dagcheck check --quiet --format markdown >> "$GITHUB_STEP_SUMMARY" || true
          dagcheck check --quiet --format sarif --output dagcheck.sarif || true
      - if: always() && hashFiles('dagcheck.sarif') != ''
        uses: github/codeql-action/upload-sarif@v3
        with:
          sarif_file: dagcheck.sarif
"""
"""The job for GitHub: annotations on the lines, the job's summary, and the code-scanning page."""

GITLAB_JOB = f"""dagcheck:
  stage: test
  image: python:3.12-slim
  script:
    - pip install --quiet {DISTRIBUTION}
    - dagcheck check --format gitlab --output {REPORT}
  artifacts:
    when: always
    reports:
      codequality: {REPORT}
"""
"""The job for GitLab: findings on the merge request."""
