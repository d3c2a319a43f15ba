"""What is fuzzed: functions of a text that do what the program does with such a text, and fail where a promise is broken.

A target raises for anything that the program does not promise: a crash of a rule or of the extraction counts as well as an exception.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fuzz import corpus

if TYPE_CHECKING:
    from dagcheck.commands.workspace import Workspace

BASE = Path("/nowhere")
FILE = BASE / "dags" / "dag.py"
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


class BrokenPromise(AssertionError):
    """Something that the program promises did not hold."""


@dataclass(frozen=True)
class Target:
    """A target: what does the work, the texts that are mutated for it, and how often it is taken beside the others."""

    run: Callable[[str], None]
    seeds: Callable[[], Sequence[str]]
    weight: int = 1


def check(text: str) -> None:
    """Extraction, all rules but ruff's, suppression comments and every report."""
    _outcome(text.encode("utf-8", "surrogatepass"), ignore=("AIR",))


def check_bytes(text: str) -> None:
    """The same, of bytes that need be no UTF-8, and with ruff's rules."""
    _outcome(text.encode("latin-1", "replace"))


def _outcome(data: bytes, ignore: tuple[str, ...] = ()) -> None:
    from dagcheck.commands.choosing import Choice
    from dagcheck.commands.judging import judge
    from dagcheck.commands.reporting import SourceLines
    from dagcheck.report.formats import FORMATS, Look, load_report

    workspace = _workspace(data)
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


def _workspace(data: bytes) -> Workspace:
    from dagcheck.commands.workspace import Workspace

    return Workspace(base=BASE, config={}, now=NOW, texts={FILE: data})


def fix(text: str) -> None:
    """All fixes, also the unsafe ones: what they leave parses, and fixing it again changes nothing."""
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
        data = fixing.changed[FILE]
        try:
            parse(data, "dags/dag.py")
        except SourceError as error:
            raise BrokenPromise(f"a fixed file does not parse: {error}\n{data.decode(errors='replace')}") from error
    raise BrokenPromise(f"fixing twice is not fixing once:\n{data.decode(errors='replace')}")


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


def configuration(text: str) -> None:
    """A configuration file: read, or refused with a message."""
    import tomllib

    from dagcheck.config.table import ConfigError, Table, from_tables

    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    with contextlib.suppress(ConfigError):
        from_tables([Table(values, BASE / "dagcheck.toml", text)], BASE)


def baseline(text: str) -> None:
    """A baseline: read, or refused with a message."""
    from dagcheck.engine.baseline import BaselineError, dump, load

    with contextlib.suppress(BaselineError):
        found = load(text, "b.json")
        if load(dump(found), "b.json") != found:
            raise BrokenPromise("a baseline does not come back as it was written")


def ignores(text: str) -> None:
    """Ignore files in both syntaxes of Airflow, and git's."""
    from dagcheck.source.ignore import PatternList, is_git_ignored, is_ignored, read_airflowignore

    for syntax in ("regexp", "glob"):
        for second in (False, True):
            rules, _ = read_airflowignore(text, syntax, BASE, BASE, second=second)  # type: ignore[arg-type]  # one of the two words
            is_ignored(BASE / "dags" / "a.py", False, rules)
    is_git_ignored(BASE / "dags", True, [PatternList(tuple(text.splitlines()), BASE)])


def factory(text: str) -> None:
    """YAML that makes DAGs: by dag-factory, and by a loop of one's own."""
    from dagcheck.commands.extracting import extract_files
    from dagcheck.commands.workspace import Workspace

    program = (
        "import os, yaml\nfrom airflow import DAG\nimport dagfactory\n"
        "dagfactory.load_yaml_dags(globals_dict=globals(), config_filepath=os.path.join(os.path.dirname(__file__), 'c.yml'))\n"
        "for name, conf in yaml.safe_load(open(os.path.join(os.path.dirname(__file__), 'c.yml'))).items():\n"
        "    globals()[name] = DAG(name, **conf)\n"
    )
    texts = {FILE: program.encode(), FILE.with_name("c.yml"): text.encode("utf-8", "surrogatepass")}
    shown = extract_files(Workspace(base=BASE, config={}, now=NOW, texts=texts), [FILE]).shown
    for error in (error for file in shown.files for error in file.errors):
        if error.kind == "failed":
            raise BrokenPromise(error.message)


TARGETS: dict[str, Target] = {
    "check": Target(check, corpus.programs, 12),
    "check_bytes": Target(check_bytes, corpus.programs, 2),
    "fix": Target(fix, corpus.programs, 6),
    "show": Target(show, corpus.programs, 5),
    "rerun": Target(rerun, corpus.programs, 2),
    "suppressions": Target(suppressions, corpus.programs, 1),
    "template": Target(template, lambda: corpus.TEMPLATES, 3),
    "sql": Target(sql, lambda: corpus.SQL, 4),
    "literals": Target(literals, lambda: corpus.LITERALS, 3),
    "configuration": Target(configuration, lambda: corpus.CONFIGURATIONS, 1),
    "baseline": Target(baseline, lambda: corpus.BASELINES, 1),
    "ignores": Target(ignores, lambda: corpus.IGNORES, 1),
    "factory": Target(factory, lambda: corpus.YAMLS, 3),
}
"""Every target by its name."""


def draw(chance: random.Random) -> tuple[str, str]:
    """A target's name and a text for it."""
    from tests.fuzz.mutations import mutate

    name = chance.choices(list(TARGETS), [target.weight for target in TARGETS.values()])[0]
    seeds = TARGETS[name].seeds()
    return name, mutate(chance, chance.choice(seeds), seeds)
