from pathlib import Path

import pytest

from tests.cli.gate.project import Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Project:
    """An empty project, which is the working directory."""
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder, monkeypatch, capsys)
