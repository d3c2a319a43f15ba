"""What rules say of the tasks that the engine does not ask them about."""

from pathlib import Path

import pytest

import dagcheck
from dagcheck.engine.judge import judge_file
from dagcheck.engine.packs import load_packs
from dagcheck.engine.select import Selected
from dagcheck.model.dag import Dag, File, Task
from dagcheck.rule import FileContext, Finding, Meta, Rule, Setting
from dagcheck.source.project import ProjectFiles
from scripts.fixture_outputs import BROKEN

RULES = [rule for rule in load_packs() if rule.arguments]
SOURCE = """
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG("d"):
    BashOperator(task_id="plain", bash_command="load")
    BashOperator(task_id="other", bash_command="load", retries=3)
    BashOperator(task_id="third", bash_command="load", pool="p", retries=4)
"""


class LooksAtPools(Rule):
    """Tells every task that it is asked about."""

    meta = Meta(code="X001", name="looks-at-pools", severity="info", since="0")
    arguments = frozenset({"pool", "pool_slots"})

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> list[Finding]:
        return [Finding(task.task_id, task.span)]


class LooksAtAll(LooksAtPools):
    """The same without a word on what it looks at."""

    arguments = frozenset()


def asked(rule: type[Rule]) -> list[str]:
    file = dagcheck.show(source=SOURCE).files[0]
    context = FileContext(file, ProjectFiles([Path.cwd()]), Setting("3.3"))
    return [finding.message for finding in judge_file(file, context, [Selected(rule())]).findings]


def test_a_rule_is_asked_about_tasks_with_the_arguments_that_it_looks_at() -> None:
    assert asked(LooksAtPools) == ["third"]
    assert asked(LooksAtAll) == ["plain", "other", "third"]


@pytest.fixture(scope="module")
def files() -> tuple[File, ...]:
    return dagcheck.show([BROKEN]).files


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.meta.code)
def test_a_rule_says_nothing_of_tasks_without_the_arguments_that_it_looks_at(rule: type[Rule], files: tuple[File, ...]) -> None:
    sources = ProjectFiles([BROKEN], BROKEN)
    passed = 0
    for file in files:
        context = FileContext(file, sources, Setting("3.3"))
        for dag in file.dags:
            for task in dag.tasks:
                if rule.arguments.isdisjoint(task.arguments):
                    passed += 1
                    assert list(rule().check_task(task, dag, context)) == []
    assert passed
