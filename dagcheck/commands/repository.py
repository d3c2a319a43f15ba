"""What kind of repository this is: where its DAGs are, for which Airflow, and what checks its changes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from dagcheck.commands.workspace import Workspace
from dagcheck.config.releases import problem_with
from dagcheck.patterns import late
from dagcheck.records import dataclass
from dagcheck.source.text import SourceError, read_regular

_IMPORT = re.compile(rb"^\s*(?:from|import)\s+airflow\b", re.MULTILINE)
_VERSIONS = (
    late(r"apache[-_]airflow(?:\[[^\]]*\])?\s*(?:==|~=|>=|=)\s*[\"']?[\^~]?(\d+\.\d+)"),
    late(r"apache/airflow:(?:slim-)?(\d+\.\d+)"),
    late(r"AIRFLOW_VERSION\s*[:=-]+\s*[\"']?(\d+\.\d+)"),
    late(r"constraints-(\d+\.\d+)"),
)
_VERSION_FILES = (
    "requirements*.txt",
    "requirements/*.txt",
    "constraints*.txt",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "Pipfile",
    "Dockerfile*",
    "docker/Dockerfile*",
    "docker-compose*.y*ml",
    ".env",
    ".github/workflows/*.y*ml",
    ".gitlab-ci.yml",
)
_MOST_FOLDERS = 12
_NO_DAGS = {"tests", "test", "plugins", "docs", "scripts", "site-packages"}


@dataclass(frozen=True)
class Repository:
    """What was seen. `dags` are folders relative to the root; `airflow` is a version with the place that names it; `ci` are the services that run on its changes."""

    root: Path
    dags: tuple[str, ...]
    airflow: str | None
    airflow_from: str
    ci: tuple[str, ...]
    configured: Path | None


def look_at(root: Path) -> Repository:
    """Look at a repository; nothing is run and nothing is changed."""
    airflow, place = next(_airflow_versions(root), (None, ""))
    workspace = Workspace(base=root)
    configured = workspace.finder.configuration(root).path
    return Repository(root, tuple(_dag_folders(workspace)), airflow, place, tuple(_services(root)), configured)


def _dag_folders(workspace: Workspace) -> list[str]:
    """The folders that hold files which import Airflow, the outermost ones; folders of tests and plug-ins do not count."""
    root = workspace.base
    counts: Counter[Path] = Counter()
    for path in workspace.discover([root]).files:
        inside = path.relative_to(root)
        if not _NO_DAGS & set(inside.parts[:-1]) and _imports_airflow(path):
            counts[_folder(inside)] += 1
    folders = sorted(folder for folder in counts if not any(parent in counts for parent in folder.parents))
    if len(folders) > _MOST_FOLDERS:
        folders = sorted({Path(folder.parts[0]) if folder.parts else folder for folder in folders})
    return [folder.as_posix() for folder in folders]


def _folder(path: Path) -> Path:
    """The outermost folder named `dags` on the way to a file, else the file's own."""
    parts = path.parts[:-1]
    return Path(*parts[: parts.index("dags") + 1]) if "dags" in parts else Path(*parts)


def _imports_airflow(path: Path) -> bool:
    try:
        return bool(_IMPORT.search(read_regular(path)))
    except SourceError:
        return False


def _airflow_versions(root: Path) -> Iterator[tuple[str, str]]:
    """The versions that the repository's own files name, with the places, the most telling file first."""
    for pattern in _VERSION_FILES:
        for path in sorted(root.glob(pattern)):
            yield from _versions_in(path, path.relative_to(root).as_posix())


def _versions_in(path: Path, name: str) -> Iterator[tuple[str, str]]:
    try:
        lines = read_regular(path).decode("utf-8", "replace").splitlines()
    except SourceError:
        return
    for number, line in enumerate(lines, 1):
        for version in _VERSIONS:
            match = version.search(line)
            if match and problem_with(match[1]) is None:
                yield match[1], f"{name}:{number}"


def _services(root: Path) -> Sequence[str]:
    services = []
    if (root / ".github").is_dir() or b"github.com" in _git_config(root):
        services.append("github")
    if (root / ".gitlab-ci.yml").is_file() or b"gitlab" in _git_config(root):
        services.append("gitlab")
    return services


def _git_config(root: Path) -> bytes:
    try:
        return read_regular(root / ".git" / "config")
    except SourceError:
        return b""
