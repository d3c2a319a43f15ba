"""Which distributions name rule packs, found without `importlib.metadata` where Python's own folders hold all of them: loading that takes longer than looking at a file."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

from dagcheck.witness import read_regular

_INSTALLED = (".dist-info", ".egg-info")


def entries(group: str) -> list[tuple[str, str]]:
    """The names and values of the entry points of a group, in order, each once."""
    found = None if _elsewhere() else _in_folders(group)
    if found is None:
        from importlib.metadata import entry_points

        found = {(entry.name, entry.value) for entry in entry_points(group=group)}
    return sorted(found)


def _elsewhere() -> bool:
    """True if something beside Python's own finder may know distributions, or they may be in an archive."""
    finders = any(hasattr(finder, "find_distributions") and getattr(finder, "__name__", "") != "PathFinder" for finder in sys.meta_path)
    return finders or any(path.endswith(".egg") or os.path.isfile(path) for path in sys.path)


def _in_folders(group: str) -> set[tuple[str, str]]:
    """What the distributions in the folders of `sys.path` name; of one that is there twice, the first counts, as for Python."""
    found: set[tuple[str, str]] = set()
    seen: set[str] = set()
    for folder in sys.path:
        for name in _installed(folder or "."):
            distribution = _normalised(name)
            if distribution not in seen:
                seen.add(distribution)
                found.update(_named(os.path.join(folder, name, "entry_points.txt"), group))
    return found


def _installed(folder: str) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if name.lower().endswith(_INSTALLED)]
    except OSError:
        return []


def _normalised(name: str) -> str:
    """The name of the distribution that a folder is about, as they are compared."""
    return re.sub(r"[-_.]+", "-", name.rpartition(".")[0].partition("-")[0]).lower()


def _named(path: str, group: str) -> Iterator[tuple[str, str]]:
    """The entry points of a group in one `entry_points.txt`, if it is there."""
    try:
        data = read_regular(path)[1]
    except OSError:
        return
    section = ""
    for line in data.decode("utf-8").splitlines() if group.encode() in data else ():
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            section = text.strip("[]")
        elif section == group and text and not text.startswith("#"):
            name, _, value = text.partition("=")
            yield name.strip(), value.strip()
