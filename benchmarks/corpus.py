"""DAG files to measure speed with: Airflow's own example DAGs and our fixtures, copied until there are enough, under ids of their own.

Usage: python benchmarks/corpus.py FOLDER [--files 300] [--airflow-folder DIR ...]
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import dagcheck

sys.path.insert(0, str(Path(__file__).parents[1]))

FIXTURES = Path(__file__).parents[1] / "fixtures"
SELF_STANDING = ("clean/dags", "broken", "constructs", "rerun", "projects/airflow_3_assets/dags")
"""The folders of fixtures whose files need no configuration of their own."""


def example_folders(releases: Iterable[str] = ("3.3.2", "2.11.2")) -> list[Path]:
    """The site-packages of the Airflows that tests/oracle/environments.py has made, those that there are."""
    from tests.oracle.environments import python_of

    pythons = [python for release in releases if (python := python_of(release)) is not None]
    return [found for python in pythons for found in (python.parents[1] / "lib").glob("python*/site-packages/airflow")]


def originals(airflows: Iterable[Path]) -> list[Path]:
    """The files to copy: below `example_dags` folders of the Airflows, and our fixtures."""
    found = [path for folder in airflows for path in sorted(folder.rglob("example_dags/**/*.py"))]
    return found + [path for folder in SELF_STANDING for path in sorted((FIXTURES / folder).glob("*.py"))]


def build(folder: Path, count: int, airflows: Iterable[Path]) -> list[Path]:
    """Write `count` files into `folder`/dags and return them, in order. A DAG file is left out where libcst cannot read it or renaming cannot tell its copies apart."""
    found = [original for path in originals(airflows) if (original := _renamable(path)) is not None]
    dags = folder / "dags"
    dags.mkdir(parents=True, exist_ok=True)
    written = []
    for number, (stem, text, ids) in enumerate(_in_rounds(found, count)):
        path = dags / f"{stem}_{number}.py"
        path.write_text(_renamed(text, ids, f"_{number}"), encoding="utf-8")
        written.append(path)
    return sorted(written)


Original = tuple[str, str, list[str]]


def _in_rounds(texts: list[Original], count: int) -> Iterator[Original]:
    for number in range(count):
        yield texts[number % len(texts)]


def _renamable(path: Path) -> Original | None:
    """The file's stem, its text, and the words that make its DAGs' ids; None for a file without DAGs, or whose copies could not be told apart."""
    import libcst

    try:
        text = path.read_text(encoding="utf-8")
        libcst.parse_module(text)
    except (UnicodeDecodeError, libcst.ParserSyntaxError):
        return None
    ids = _dag_ids(text)
    words = [word for word in sorted(ids) if re.search(rf"\b{re.escape(word)}\b", text)]
    if not ids or ids & _dag_ids(_renamed(text, words, "_0")):
        return None
    return path.stem, text, words


def _dag_ids(text: str) -> set[str]:
    return {dag.dag_id for file in dagcheck.show(source=text).files for dag in file.dags}


def _renamed(text: str, ids: list[str], suffix: str) -> str:
    for word in ids:
        text = re.sub(rf"\b{re.escape(word)}\b", word + suffix, text)
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--airflow-folder", type=Path, action="append")
    options = parser.parse_args()
    files = build(options.folder, options.files, options.airflow_folder or example_folders())
    print(f"{len(files):,} files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB, in {options.folder}")


if __name__ == "__main__":
    main()
