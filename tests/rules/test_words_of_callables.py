"""Rules pass over the callables of files in which certain words do not stand: those have nothing that they would tell."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from dagcheck.airflow.target import Target
from dagcheck.engine.examine import extract_file
from dagcheck.engine.judge import Judged, judge_file
from dagcheck.engine.packs import load_packs
from dagcheck.engine.select import Selected
from dagcheck.model.dag import Task
from dagcheck.rule import FileContext, Setting, callable_sql
from dagcheck.rule.context import FunctionNode
from dagcheck.source.project import ProjectFiles
from scripts.fixture_outputs import BROKEN

FIXTURES = BROKEN.parent
RULES = [rule for rule in load_packs() if rule.meta.code.startswith(("DAG5", "DAG7", "DAG8"))]


class WhateverItSays(FileContext):
    """A context that hands out the callables of all files."""

    def callable_of(self, task: Task, *words: str) -> FunctionNode | None:
        return super().callable_of(task)


def judged(context: type[FileContext]) -> list[Judged]:
    """What the rules say of all their examples, and of our DAGs that write SQL and files."""
    base, rules = Path("/examples"), [Selected(rule()) for rule in RULES]
    examples = [
        textwrap.dedent(source) for rule in RULES for source in (*(bad.source for bad in rule.bad), *(good.source for good in rule.good))
    ]
    texts = {base / "dags" / f"d{number}.py": text.encode() for number, text in enumerate(examples)}
    texts |= {base / "dags" / path.name: path.read_bytes() for path in sorted((FIXTURES / "rerun").glob("*.py"))}
    sources = ProjectFiles([base], base, texts)
    files = [extract_file(path, sources, Target("3.3")) for path in texts]
    return [judge_file(file, context(file, sources, Setting("3.3")), rules) for file in files]


def test_callables_without_the_words_have_nothing_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = judged(FileContext)
    monkeypatch.setattr(callable_sql, "_speaks_of_databases", lambda context: True)
    assert judged(WhateverItSays) == quick
    assert sum(len(each.findings) for each in quick) > 300
