"""Targets for DAG files: extraction, rules, reports, fixes, suppression comments, templates and SQL."""

from __future__ import annotations

import contextlib
import datetime
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fuzz.commands import BrokenPromise, project, run

if TYPE_CHECKING:
    from dagcheck.airflow.target import Target
    from dagcheck.commands.workspace import Workspace
    from dagcheck.engine.outcome import Outcome
    from dagcheck.source.project import ProjectFiles

BASE = Path("/nowhere")
FILE = BASE / "dags" / "dag.py"
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def check(text: str) -> None:
    """Extraction, all rules but ruff's, suppression comments and every report."""
    look_at(text.encode("utf-8", "surrogatepass"), ignore=("AIR",))


def check_bytes(text: str) -> None:
    """The same, of bytes that need be no UTF-8, and with ruff's rules."""
    look_at(text.encode("latin-1", "replace"))


def look_at(
    data: bytes, ignore: tuple[str, ...] = (), texts: Mapping[Path, bytes] | None = None, config: Mapping[str, Any] | None = None
) -> None:
    """Judge a DAG file, with other files beside it, and write every report."""
    from dagcheck.commands.choosing import Choice
    from dagcheck.commands.judging import judge
    from dagcheck.commands.reporting import SourceLines
    from dagcheck.report.formats import FORMATS, Look, load_report

    workspace = _workspace(data, texts, config)
    outcome = judge(workspace, [FILE], Choice(ignore=ignore), need_dags=False)
    if outcome.crashes:
        raise BrokenPromise("\n".join(crash.trace for crash in outcome.crashes))
    lines = len(workspace.lines(str(FILE.relative_to(BASE))))
    for told in outcome.findings:
        span = told.finding.span
        if span.path == "dags/dag.py" and lines and not (1 <= span.line <= span.end_line <= lines and span.column >= 1):
            raise BrokenPromise(f"{told.finding.code} stands at {span}, outside of the file's {lines} lines")
    look = Look(line=SourceLines(workspace, outcome), statistics=True, now=NOW)
    for name in FORMATS:
        report = "\n".join(load_report(name).render(outcome, look))
        if name in ("json", "sarif", "gitlab"):
            json.loads(report)
        report.encode("utf-8", "backslashreplace")


def sources_of(data: bytes) -> tuple[ProjectFiles, Target]:
    """What it takes to extract the models of a DAG file."""
    workspace = _workspace(data)
    (scope,) = workspace.scopes([FILE])
    return workspace.sources(FILE, scope.configuration), scope.target


def _workspace(data: bytes, texts: Mapping[Path, bytes] | None = None, config: Mapping[str, Any] | None = None) -> Workspace:
    from dagcheck.commands.workspace import Workspace

    return Workspace(base=BASE, config=config or {}, now=NOW, texts={FILE: data, **(texts or {})})


def fix(text: str) -> None:
    """All fixes, also the unsafe ones: what they leave parses and has no new errors, and fixing it again changes nothing."""
    from dagcheck.commands.choosing import Choice
    from dagcheck.commands.fixing import fix_files
    from dagcheck.commands.judging import judge
    from dagcheck.source.text import SourceError, parse

    data = text.encode("utf-8", "surrogatepass")
    choice = Choice(ignore=() if len(data) % 8 == 0 else ("AIR",))
    for _ in range(2):
        workspace = _workspace(data)
        outcome = judge(workspace, [FILE], choice, need_dags=False)
        fixing = fix_files(workspace, outcome, lambda: judge(workspace, [FILE], choice, need_dags=False), unsafe=True)  # noqa: B023 called at once
        list(fixing.diff(outcome.hidden_lines))
        if FILE not in fixing.changed:
            return
        more = _errors(fixing.outcome) - _errors(outcome)
        if more:
            raise BrokenPromise(f"fixes add errors: {dict(more)}\n{fixing.changed[FILE].decode(errors='replace')}")
        data = fixing.changed[FILE]
        try:
            parse(data, "dags/dag.py")
        except SourceError as error:
            raise BrokenPromise(f"a fixed file does not parse: {error}\n{data.decode(errors='replace')}") from error
    raise BrokenPromise(f"fixing twice is not fixing once:\n{data.decode(errors='replace')}")


def _errors(outcome: Outcome) -> Counter[str]:
    return Counter(told.finding.code for told in outcome.findings if told.finding.severity == "error")


def show(text: str) -> None:
    """`show`, `graph` and `simulate`."""
    import dagcheck
    from dagcheck.commands.graph import FORMATS, pictures, render
    from dagcheck.report.tree import draw

    data = text.encode("utf-8", "surrogatepass")
    shown = dagcheck.show(source=data, path="dags/dag.py")
    json.dumps(shown.model_dump(mode="json"))
    list(draw(shown))
    for error in (error for file in shown.files for error in file.errors):
        if error.kind == "failed":
            raise BrokenPromise(error.message)
    for across in (False, True):
        drawn = pictures(shown, across=across)
        for form in FORMATS if drawn else ():
            render(drawn, form, across=across)
    dagcheck.simulate(source=data, path="dags/dag.py", runs=3, now=NOW).model_dump(mode="json")


def rerun(text: str) -> None:
    """A short search of `rerun`, without user code."""
    from dagcheck.commands.rerun import rerun_files
    from dagcheck.harness.search import Budget
    from dagcheck.harness.text import as_text

    report = rerun_files(_workspace(text.encode("utf-8", "surrogatepass")), [FILE], Budget(2, 1.0))
    json.dumps(report.model_dump(mode="json"))
    list(as_text(report, {}, None))


def suppressions(text: str) -> None:
    """Comments as suppressions, and what they name."""
    from dagcheck.rule.suppression import read_suppressions
    from dagcheck.source.text import SourceError, parse

    with contextlib.suppress(SourceError):
        for found in read_suppressions(parse(text.encode("utf-8", "surrogatepass"), "dag.py")):
            found.names("DAG101", "cyclic-dependency")


def template(text: str) -> None:
    """A template: read by the rules, rendered when a DAG file does it while it is parsed, and rendered for a run."""
    from dagcheck.rule.templates import parse

    parse(text)
    quoted = ascii(text)
    check(
        "import jinja2\nfrom airflow import DAG\nfrom airflow.operators.bash import BashOperator\n"
        f"x = jinja2.Template({quoted}).render(a=1, params={{'tables': ['a', 'b']}}, ds='2024-01-01')\n"
        f"with DAG(x, schedule=None) as dag:\n    BashOperator(task_id='a', bash_command={quoted}, env={{'A': {quoted}}})\n"
    )


def sql(text: str) -> None:
    """SQL in tasks of several databases, through the rules and through `rerun`."""
    quoted = ascii(text)
    source = (
        "import datetime\nfrom airflow import DAG\n"
        "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
        "from airflow.providers.google.cloud.operators.bigquery import BigQueryInsertJobOperator\n"
        "with DAG('d', schedule='@daily', start_date=datetime.datetime(2024, 1, 1)) as dag:\n"
        f"    SQLExecuteQueryOperator(task_id='a', conn_id='postgres_x', sql={quoted})\n"
        f"    SQLExecuteQueryOperator(task_id='b', conn_id='snowflake', sql=[{quoted}, 'SELECT 1'])\n"
        f"    BigQueryInsertJobOperator(task_id='c', configuration={{'query': {{'query': {quoted}}}}})\n"
    )
    check(source)
    if len(text) % 4 == 0:
        rerun(source)


def literals(text: str) -> None:
    """A text as a schedule, a date, a path and a regular expression of a DAG file."""
    quoted = ascii(text)
    source = (
        "import datetime, os, pendulum, re, yaml, json\nfrom airflow import DAG\nfrom airflow.operators.bash import BashOperator\n"
        f"a = re.sub({quoted}, 'x', {quoted})\nb = os.path.join('/x', {quoted})\nc = yaml.safe_load({quoted})\nd = json.loads({quoted})\n"
        f"with DAG({quoted}, schedule={quoted}, start_date=pendulum.parse({quoted}), tags=[{quoted}]) as dag:\n"
        f"    BashOperator(task_id={quoted}, bash_command={quoted}, execution_timeout=datetime.timedelta(seconds=len({quoted})))\n"
    )
    show(source)
    check(source.replace(f"pendulum.parse({quoted})", "pendulum.datetime(2024, 1, 1)"))


def commented(text: str) -> None:
    """`--add-ignores`: what was found is set aside by comments, nothing else changes, and doing it again does nothing."""
    with project({"dags/dag.py": text}) as base:
        run("check", "--no-cache", "--jobs", "1", "--add-ignores", "--ignore", "AIR", "dags/dag.py")
        once = (base / "dags/dag.py").read_bytes()
        run("check", "--no-cache", "--jobs", "1", "--add-ignores", "--ignore", "AIR", "dags/dag.py")
        if (base / "dags/dag.py").read_bytes() != once:
            raise BrokenPromise(f"comments are put beside comments:\n{once.decode(errors='replace')}")


def stdin(text: str) -> None:
    """A DAG file from standard input gets the answer that it gets from the disk; so does its difference."""
    data = text.encode("utf-8", "surrogatepass")
    with project({"dags/dag.py": data}):
        for options in (("--format", "json"), ("--diff",)):
            arguments = ("check", "--no-cache", "--jobs", "1", "--ignore", "AIR", *options)
            given = run(*arguments, "--stdin-filename", "dags/dag.py", "-", stdin=data)
            if _timeless(given.out) != _timeless(run(*arguments, "dags/dag.py").out):
                raise BrokenPromise(f"{options}: standard input and a file get different answers")


def _timeless(report: str) -> str:
    return "\n".join(line for line in report.splitlines() if '"duration_ms"' not in line)
