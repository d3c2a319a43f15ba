"""What was looked at, in one or two lines: every check ends with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dagcheck.engine.outcome import Outcome
from dagcheck.report.terminal import Paint

COLORS = {"error": "red", "warning": "yellow", "info": "blue"}


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 file`, `2 files`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def coverage(outcome: Outcome) -> str:
    """Files, DAGs, how many of them are exact, and what was skipped and why."""
    exact = outcome.dags - outcome.inexact
    how = "" if not outcome.dags else ", all exact" if exact == outcome.dags else f", {exact:,} of them exact"
    text = f"Looked at {count(outcome.files, 'file')} with {count(outcome.dags, 'DAG')}{how}"
    skipped = [f"{number:,} {reason}" for reason, number in sorted(outcome.skipped.items(), key=lambda item: (-item[1], item[0])) if number]
    return f"{text}; skipped {', '.join(skipped)}." if skipped else f"{text}."


def tally(outcome: Outcome, paint: Paint) -> str:
    """How many findings there are, by severity, and how many can be fixed."""
    if not outcome.findings and not outcome.is_broken and outcome.failing and not outcome.set_aside:
        return (
            f"No findings by the rules that ran, but {count(outcome.failing, 'file does', 'files do')} not load: the other rules say why."
        )
    if not outcome.findings:
        return "No findings in what could be looked at." if outcome.is_broken else paint("No findings.", "green")
    numbers: Counter[str] = Counter(told.finding.severity or "info" for told in outcome.findings)
    parts = [
        paint(count(numbers[name], name, "info" if name == "info" else None), color) for name, color in COLORS.items() if numbers[name]
    ]
    fixes = Counter(told.finding.fix.safety for told in outcome.findings if told.finding.fix)
    text = f"Found {', '.join(parts)}"
    if fixes["safe"]:
        text += f"; {fixes['safe']:,} fixable with --fix"
    if fixes["unsafe"]:
        text += f"{',' if fixes['safe'] else ';'} {fixes['unsafe']:,}{' more' if fixes['safe'] else ''} with --unsafe-fixes"
    return f"{text}."


def statistics(outcome: Outcome) -> Iterator[str]:
    """A line for each rule that has findings, most first: how many, code, name."""
    numbers = Counter((told.finding.code, told.finding.name) for told in outcome.findings)
    for (code, name), number in sorted(numbers.items(), key=lambda item: (-item[1], item[0])):
        yield f"{number:>6,}  {code}  {name}"
