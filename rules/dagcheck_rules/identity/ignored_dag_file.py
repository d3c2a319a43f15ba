from collections.abc import Iterable
from pathlib import Path

from dagcheck.model.dag import File
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.source.discover import may_hold_dag
from dagcheck.source.ignore import AirflowRule, IgnoreSyntax, is_ignored, read_airflowignore
from dagcheck.source.project import OutsideRoots
from dagcheck.source.text import SourceError

_SAFE_MODE = "core.dag_discovery_safe_mode"
_SYNTAX = "core.dag_ignore_file_syntax"


class IgnoredDagFile(Rule):
    """DAG file that Airflow does not look at

    Airflow skips files that `.airflowignore` names, and in its safe mode, which is on by default, every file whose text lacks the words "dag" and "airflow", in any case. Such
    a file's DAGs never appear. The rule speaks of files that are checked by name, for a search of folders skips what Airflow skips.
    """

    meta = Meta(code="DAG207", name="ignored-dag-file", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from company.pipelines import build  # DAG207

            pipeline = build("sales")
            """,
            files=(
                (
                    "dags/company/pipelines.py",
                    "from airflow.sdk import DAG\n\ndef build(name):\n    with DAG(name) as dag:\n        pass\n    return dag\n",
                ),
            ),
        ),
        Bad(
            """
            from airflow.sdk import DAG  # DAG207

            dag = DAG("sales")
            """,
            path="dags/drafts/sales.py",
            files=(("dags/.airflowignore", "drafts/\n"),),
            title="Named in .airflowignore",
        ),
        Bad(
            """
            from airflow import DAG  # DAG207

            dag = DAG("sales")
            """,
            path="dags/sales_old.py",
            files=(("dags/.airflowignore", ".*_old\n"),),
            airflow="2.11",
            title="In Airflow 2 the lines are regular expressions",
        ),
    )
    good = (
        Good(
            """
            # builds an Airflow DAG
            from company.pipelines import build

            pipeline = build("sales")
            """,
            files=(
                (
                    "dags/company/pipelines.py",
                    "from airflow.sdk import DAG\n\ndef build(name):\n    with DAG(name) as dag:\n        pass\n    return dag\n",
                ),
            ),
            title="A comment holds the words",
        ),
        Good(
            """
            def region_names():
                return ["north", "south"]
            """,
            title="No DAG in it",
        ),
        Good(
            """
            from airflow.sdk import DAG

            dag = DAG("sales")
            """,
            path="dags/keep/sales.py",
            files=(("dags/.airflowignore", "drafts/\n"),),
        ),
        Good(
            """
            from company.pipelines import build

            pipeline = build("sales")
            """,
            files=(
                (
                    "dags/company/pipelines.py",
                    "from airflow.sdk import DAG\n\ndef build(name):\n    with DAG(name) as dag:\n        pass\n    return dag\n",
                ),
            ),
            config=(("airflow-settings", {"core.dag_discovery_safe_mode": "False"}),),
            title="Safe mode is off",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding, at the first statement, for a file with DAGs that Airflow skips."""
        if not file.dags or context.source is None or not context.tree.body:
            return
        first = context.tree.body[0]
        safe = (context.setting.airflow_setting(_SAFE_MODE) or "True").lower() in ("t", "true", "1")
        if safe and not may_hold_dag(context.source.text.encode("utf-8", "replace")):
            message = "Airflow skips this file, for its text lacks the words “dag” and “airflow”: its DAGs never appear."
            yield Finding(
                message, context.span(first), help="Name both in a comment, or turn core.dag_discovery_safe_mode off.", subject="words"
            )
        elif _is_ignored(context.source.absolute, context):
            message = "Airflow skips this file, for an .airflowignore names it: its DAGs never appear."
            yield Finding(message, context.span(first), subject="ignored")


def _is_ignored(path: Path, context: FileContext) -> bool:
    syntax: IgnoreSyntax = "regexp" if context.setting.airflow_setting(_SYNTAX) == "regexp" else "glob"
    rules: list[AirflowRule] = []
    top: Path | None = None
    for folder, place in context.sources.around(path, ".airflowignore"):
        if top is not None and is_ignored(folder, True, rules):
            return True
        try:
            if context.sources.kind(place) == "none":
                continue
            text = context.sources.read_bytes(place).decode("utf-8", "replace")
        except (OutsideRoots, SourceError):
            continue
        top = top or folder
        rules += read_airflowignore(text, syntax, folder, top)[0]
    return is_ignored(path, False, rules)
