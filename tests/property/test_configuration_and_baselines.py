"""Whatever stands in a configuration, a policy or a baseline, it is read or refused with a message, never with a crash."""

import contextlib
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dagcheck.config.expressions import ExpressionError, parse_expression
from dagcheck.config.keys import KEYS
from dagcheck.config.table import ConfigError, from_table, line_of
from dagcheck.engine.baseline import Baseline, BaselineError, Entry, dump, load
from dagcheck.engine.policies.subjects import TaskSubject
from dagcheck.model.dag import Dag, Schedule, Task
from dagcheck.model.values import Span, Unknown

SPAN = Span("a.py", 1, 1, 1, 2)
WORDS = st.sampled_from(
    [
        "retries",
        "tags",
        "owner",
        "pool",
        "and",
        "or",
        "not",
        "in",
        "match",
        "required",
        "absent",
        "[",
        "]",
        "(",
        ")",
        ",",
        ">=",
        "==",
        "!=",
        "2",
        "2h",
        "true",
        '"a"',
        "'^a'",
        "*",
        "none",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=6) | st.sampled_from(["code", "tasks", "dags", "require"]), inner, max_size=4)
    ),
    max_leaves=8,
)
TASKS = st.builds(
    lambda retries, pool: TaskSubject(
        Task(task_id="a", operator="BashOperator", module=None, line=1, column=1, span=SPAN, retries=retries, pool=pool),
        Dag(
            dag_id="d",
            exact=False,
            line=1,
            column=1,
            schedule=Schedule(kind="none"),
            path="a.py",
            span=SPAN,
            tags=("a",),
            default_args={"x": Unknown("why")},
        ),
    ),
    st.none() | st.integers(0, 5),
    st.none() | st.sampled_from(["a", "b"]),
)


@given(st.lists(WORDS, max_size=12).map(" ".join) | st.text(max_size=40), TASKS)
@settings(max_examples=300, deadline=None)
def test_an_expression_is_refused_with_a_message_or_answers(text: str, subject: TaskSubject) -> None:
    with contextlib.suppress(ExpressionError):
        expression = parse_expression(text)
        assert expression.holds(subject) in (True, False, None)
        assert parse_expression(expression.text).holds(subject) == expression.holds(subject)


@given(st.dictionaries(st.sampled_from(sorted(KEYS)) | st.text(max_size=6), VALUES, max_size=4))
@settings(max_examples=300, deadline=None)
def test_a_configuration_is_refused_with_a_message_or_read(table: dict[str, Any]) -> None:
    with contextlib.suppress(ConfigError):
        found = from_table(table, Path("/nowhere"))
        assert set(table) <= set(KEYS)
        assert found.folder == Path("/nowhere")


@given(st.text(max_size=80), st.lists(st.sampled_from(["tool", "dagcheck", "policy"]) | st.integers(0, 2), max_size=3).map(tuple))
@settings(max_examples=200, deadline=None)
def test_a_line_is_found_or_not(text: str, keys: tuple[str | int, ...]) -> None:
    line = line_of(text, keys)
    assert line is None or 1 <= line <= len(text.splitlines())


@given(
    VALUES.map(json.dumps)
    | st.text(max_size=40)
    | VALUES.map(lambda value: json.dumps({"tool": "dagcheck", "version": 1, "findings": value, "files": {}}))
)
@settings(max_examples=300, deadline=None)
def test_a_baseline_is_refused_with_a_message_or_read(text: str) -> None:
    with contextlib.suppress(BaselineError):
        load(text, "known.json")


@given(
    st.frozensets(st.builds(Entry, st.text(max_size=5), st.text(max_size=5), st.text(max_size=5), st.text(max_size=5)), max_size=5),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)
@settings(max_examples=200, deadline=None)
def test_a_baseline_comes_back_as_it_was_written(entries: frozenset[Entry], digests: dict[str, str]) -> None:
    baseline = Baseline(entries, digests)
    assert load(dump(baseline), "known.json") == baseline
