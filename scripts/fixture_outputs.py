"""What `dagcheck check --format full` says of each broken fixture; `python scripts/fixture_outputs.py` writes it beside them, for you to read before you commit it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

from dagcheck.commands.choosing import Choice
from dagcheck.commands.judging import judge
from dagcheck.commands.workspace import Workspace
from dagcheck.report.formats import Look
from dagcheck.report.full import FullReport

REPOSITORY = Path(__file__).resolve().parent.parent
BROKEN = REPOSITORY / "fixtures" / "broken"
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def cases() -> Iterator[Path]:
    """The fixtures: files, and folders of files that belong together."""
    return iter(sorted(path for path in BROKEN.iterdir() if path.suffix == ".py" or path.is_dir()))


def expected_file(case: Path) -> Path:
    """Where the expected output of a fixture is."""
    return case.with_name(f"{case.stem}.expected.txt")


def output_of(case: Path) -> str:
    """The full report on one fixture, as of the first of January 2026."""
    workspace = Workspace(base=BROKEN, config={}, airflow="3.3", now=NOW)
    outcome = judge(workspace, [case], Choice())
    hidden = outcome.hidden_lines

    def line(path: str, number: int) -> str | None:
        lines = workspace.lines(path)
        return lines[number - 1] if number <= len(lines) and number not in hidden.get(path, ()) else None

    return "\n".join(FullReport().render(outcome, Look(line=line))) + "\n"


if __name__ == "__main__":
    for case in cases():
        expected_file(case).write_text(output_of(case), encoding="utf-8")
        print(expected_file(case).relative_to(REPOSITORY))
