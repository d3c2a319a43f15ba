"""The entry points that are found without importlib.metadata are those that it finds."""

import importlib.metadata
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path

import pytest

from dagcheck.engine import entries


def _theirs(group: str) -> list[tuple[str, str]]:
    return sorted({(entry.name, entry.value) for entry in importlib.metadata.entry_points(group=group)})


def _distribution(folder: Path, name: str, text: str) -> None:
    info = folder / name
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.partition('-')[0]}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(text)


@pytest.mark.parametrize("group", ["dagcheck.rules", "console_scripts", "pytest11", "nothing.of.this.name"])
def test_what_is_installed_here_is_found(group: str) -> None:
    assert entries.entries(group) == _theirs(group)


def test_what_is_installed_anywhere_on_the_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    _distribution(
        one,
        "acme_rules-1.0.dist-info",
        "# a comment\n[console_scripts]\nx = y\n\n[some.group]\nacme = acme.rules\nmore=acme.more [extra]\n",
    )
    _distribution(two, "Acme.Rules-0.9.dist-info", "[some.group]\nold = acme.old\n")
    _distribution(two, "other.egg-info", "[some.group]\n  other = other\n[some.group.more]\nno = no\n")
    (two / "bare-1.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(one), str(tmp_path / "missing"), str(two), *sys.path])
    assert (
        entries.entries("some.group")
        == _theirs("some.group")
        == [("acme", "acme.rules"), ("more", "acme.more [extra]"), ("other", "other")]
    )


def test_what_another_finder_knows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Told(importlib.metadata.Distribution):
        def read_text(self, filename: str) -> str | None:
            return {"METADATA": "Name: told\n", "entry_points.txt": "[some.group]\ntold = told.rules\n"}.get(filename)

        def locate_file(self, path: object) -> Path:
            return Path(str(path))

    class Finder(MetaPathFinder):
        def find_distributions(self, context: object = None) -> list[Told]:
            return [Told()]

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
    assert entries.entries("some.group") == [("told", "told.rules")]
