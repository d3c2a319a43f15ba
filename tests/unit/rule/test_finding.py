"""What a finding keeps when the engine says which rule told it."""

import dataclasses

from dagcheck.model.values import Span
from dagcheck.rule import Finding, Fix, Related
from dagcheck.rule.finding import Edit


def test_a_finding_of_a_rule_keeps_all_that_the_rule_said() -> None:
    span = Span("dags/a.py", 1, 2, 3, 4)
    said = Finding(
        "message",
        span,
        "help",
        "dag",
        "task",
        (Related(span, "here"),),
        Fix("fix", (Edit(span, "new"),)),
        "info",
        "subject",
        True,
        ("a", "b"),
    )
    names = [field.name for field in dataclasses.fields(said)]
    assert all(getattr(said, name) for name in names if name not in ("code", "name"))
    told = said.told_by("DAG999", "bad-thing", "error")
    changed = {"code": "DAG999", "name": "bad-thing", "severity": "error"}
    assert [getattr(told, name) for name in names] == [changed.get(name, getattr(said, name)) for name in names]
