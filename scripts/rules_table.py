"""The table of all rules: their examples, and what they find over DAG files that others wrote, by code.

`python scripts/rules_table.py [NAME=PATH@VERSION ...]` prints it as Markdown. Each argument is a folder of DAG files with the Airflow version that they are for, such as
`examples=/opt/airflow/example_dags@3.3`; without any, the example DAGs of the Airflows that `tests/oracle/environments.py` makes are looked at. `--show CODE` prints the findings
of one rule instead. The verdicts on what is found are in `docs/findings.md`.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dagcheck.commands.choosing import Choice
from dagcheck.commands.judging import judge
from dagcheck.commands.workspace import Workspace
from dagcheck.engine.outcome import Outcome
from dagcheck.engine.packs import load_packs

ORACLES = Path(os.environ.get("DAGCHECK_ORACLE", "~/.cache/dagcheck")).expanduser()
LETTERS = {"error": "E", "warning": "W", "info": "I"}


@dataclass(frozen=True)
class Corpus:
    """DAG files that others wrote, and the version of Airflow that they are for. Without a folder, those of `folders` alone are looked at."""

    name: str
    base: Path
    airflow: str
    folders: tuple[Path, ...] = ()


def corpus(text: str) -> Corpus:
    """`NAME=PATH@VERSION` as a corpus."""
    name, _, rest = text.partition("=")
    path, _, version = rest.rpartition("@")
    if not name or not path or not Path(path).is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=PATH@VERSION with a folder as PATH")
    return Corpus(name, Path(path), version)


def installed() -> Iterator[Corpus]:
    """The example DAGs of the installed Airflows that the oracle tests use, and of the providers beside them."""
    for version in ("2.11.2", "3.3.2"):
        for base in ORACLES.glob(f"airflow-{version}/lib/python*/site-packages/airflow"):
            providers = sorted(base.glob("providers/**/example_dags"))
            yield Corpus(
                f"examples of {version}", base, version, tuple(folder for folder in (base / "example_dags", *providers) if folder.is_dir())
            )


def outcome_of(found: Corpus) -> Outcome:
    """What the default selection says of a corpus; configurations in it do not count."""
    return judge(Workspace(base=found.base, config={}, airflow=found.airflow), list(found.folders or (found.base,)), Choice())


def table(corpora: list[Corpus], outcomes: list[Outcome]) -> Iterator[str]:
    """The lines of the table."""
    counts = [Counter(told.finding.code for told in outcome.findings) for outcome in outcomes]
    yield f"| code | name | severity | default | fix | bad/good | {' | '.join(found.name for found in corpora)} |"
    yield f"| --- | --- | --- | --- | --- | --- |{' ---: |' * len(corpora)}"
    rules = sorted(load_packs(), key=lambda rule: rule.meta.code)
    for rule in rules:
        meta = rule.meta
        cells = [
            meta.code,
            meta.name,
            LETTERS[meta.severity],
            "on" if meta.default else "off",
            meta.fix or "",
            f"{len(rule.bad)}/{len(rule.good)}",
        ]
        yield f"| {' | '.join([*cells, *(str(count[meta.code] or '') for count in counts)])} |"
    yield ""
    bad, good = sum(len(rule.bad) for rule in rules), sum(len(rule.good) for rule in rules)
    yield f"{len(rules)} rules, {bad} bad and {good} good examples, {sum(rule.meta.fix is not None for rule in rules)} rules with a fix."
    for found, outcome in zip(corpora, outcomes, strict=True):
        severities: Counter[str] = Counter(
            told.finding.severity or "info" for told in outcome.findings if not told.finding.code.startswith("AIR")
        )
        numbers = ", ".join(f"{severities[name]} {letter}" for name, letter in LETTERS.items())
        yield f"{found.name}: {outcome.files} files, {outcome.dags} DAGs, {outcome.dags - outcome.inexact} exact; {numbers}, beside those of ruff."


def main() -> None:
    parser = argparse.ArgumentParser(description="Print the table of all rules with what they find over DAG files that others wrote.")
    parser.add_argument("corpora", nargs="*", type=corpus, metavar="NAME=PATH@VERSION")
    parser.add_argument("--show", metavar="CODE", help="print the findings whose code begins so, instead of the table")
    options = parser.parse_args()
    corpora = options.corpora or list(installed())
    outcomes = [outcome_of(found) for found in corpora]
    if options.show is None:
        print("\n".join(table(corpora, outcomes)))
        return
    for found, outcome in zip(corpora, outcomes, strict=True):
        for told in outcome.findings:
            if told.finding.code.startswith(options.show):
                print(f"{found.name}: {told.finding.span.path}:{told.finding.span.line}: {told.finding.code} {told.finding.message}")


if __name__ == "__main__":
    main()
