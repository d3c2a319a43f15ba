"""The formats of `dagcheck check`: one class a format, loaded when it is asked for."""

from __future__ import annotations

import datetime
import importlib
from collections.abc import Callable, Iterator
from typing import Protocol

from dagcheck.engine.outcome import Outcome
from dagcheck.records import dataclass, field
from dagcheck.report.terminal import Kind, Paint

FORMATS: dict[str, str] = {
    "full": "dagcheck.report.full:FullReport",
    "concise": "dagcheck.report.concise:ConciseReport",
    "json": "dagcheck.report.json:JsonReport",
    "sarif": "dagcheck.report.sarif:SarifReport",
    "github": "dagcheck.report.github:GithubReport",
    "gitlab": "dagcheck.report.gitlab:GitlabReport",
    "junit": "dagcheck.report.junit:JunitReport",
    "markdown": "dagcheck.report.markdown:MarkdownReport",
}
"""The class of each format, by the name that `--format` takes."""


@dataclass(frozen=True)
class Look:
    """How a report is to look and what it may show beside the findings. `line` gives a source line by shown path and number, None where it may not or can't be shown.

    `in_checkout` turns a shown path into one relative to the repository's root, as code hosts want it. `fail_on` is the least severity that fails the run, `now` the clock (UTC).
    """

    paint: Paint = field(default_factory=Paint)
    line: Callable[[str, int], str | None] = lambda path, number: None
    statistics: bool = False
    summary: bool = True
    in_checkout: Callable[[str], str] = str
    fail_on: str = "warning"
    now: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))


class Report(Protocol):
    """One format."""

    kind: Kind
    tells_summary: bool
    """Whether the format says itself what was looked at, in words that people read."""

    def render(self, outcome: Outcome, look: Look) -> Iterator[str]:
        """The report's text, in pieces that each end where a line ends, without the line end."""
        ...


def load_report(name: str) -> Report:
    """The report of a format."""
    module, _, cls = FORMATS[name].partition(":")
    report: Report = getattr(importlib.import_module(module), cls)()
    return report
