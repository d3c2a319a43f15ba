"""Plain templates are read as Jinja reads them; all others are left to it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagcheck.rule.plain_templates import read_plain
from dagcheck.rule.templates import _parsed_by_jinja, parse

_NAMES = st.sampled_from(("ds", "params", "ti", "macros", "range", "self", "true", "None", "not", "loop", "_x", "é", "a1"))
_TEXTS = st.sampled_from(("'a'", '"b c"', "''", "'it\\'s'", "'{{'", "'\n'", "'é'", '"%}"', "b'x'", "'a' 'b'"))
_NUMBERS = st.sampled_from(("0", "7", "-1", "007", "1.5", "1_0", "12345678901234567890", "0x1f", "1e3"))
_LITERALS = st.one_of(_TEXTS, _NUMBERS)
_LISTS = st.lists(st.one_of(_LITERALS, _NAMES), max_size=3).map(lambda items: f"[{', '.join(items)}]")
_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map(".".join)
_VALUES = st.one_of(_LITERALS, _LISTS, _PATHS, st.sampled_from(("('a', 'b')", "ti.xcom_pull('q')", "a + b", "")))
_KEYS = st.sampled_from(("", "", "task_ids=", "task_ids = ", "key=", "dag_id=", "map_indexes=", "*", "**", "if="))
_ARGUMENTS = st.lists(st.tuples(_KEYS, _VALUES).map("".join), max_size=5).flatmap(
    lambda items: st.sampled_from((", ", ",", " ,\n ")).map(lambda comma: comma.join(items))
)
_STEPS = st.one_of(
    _NAMES.map(lambda name: f".{name}"),
    st.just(".xcom_pull"),
    _LITERALS.map(lambda literal: f"[{literal}]"),
    _ARGUMENTS.map(lambda arguments: f"({arguments})"),
    _ARGUMENTS.map(lambda arguments: f".xcom_pull({arguments})"),
    st.sampled_from((" | upper", "| ds_nodash", " .x", " or x", " if a else b", ".1", "()", "( )", "(a,)", "[1:2]", "-", "--", "+ 1", ",")),
)
_EXPRESSIONS = st.tuples(
    st.sampled_from(("{{ ", "{{", "{{- ", "{{+ ", "{{-", "{{\n", "{{{ ")),
    _NAMES,
    st.lists(_STEPS, max_size=4).map("".join),
    st.sampled_from((" }}", "}}", " -}}", "-}}", " +}}", " }", "\n}}", " }}}")),
).map("".join)
_OTHERS = st.sampled_from(
    ("", "select ", "}}", "%}", "{", "{ {", "#", "{# note #}", "{% if a %}", "{% endif %}", "{{ }}", "{{", "\n", "{%- set b = ds %}")
)
TEMPLATES = st.lists(st.one_of(_EXPRESSIONS, _EXPRESSIONS, _OTHERS), max_size=4).map("".join)


@settings(max_examples=400)
@given(TEMPLATES)
def test_a_template_is_read_as_jinja_reads_it(text: str) -> None:
    assert parse.__wrapped__(text) == _parsed_by_jinja(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ds }}",
        "day={{ ds_nodash }}/{{ params.region }}",
        "{{- macros.ds_add(ds, -7) -}}",
        "{{ ti.xcom_pull(task_ids='load', key=\"rows\")['a'][0] }}",
        "{{ task_instance.xcom_pull(['a', 'b'], map_indexes=0) }}",
        "{{ dag_run.logical_date.strftime('%Y/%m').lower() }}",
    ],
)
def test_what_most_templates_say_needs_no_jinja(text: str) -> None:
    assert read_plain(text, ("task_ids", "dag_id", "key")) is not None


@pytest.mark.parametrize(
    "text", ["{{ a.b | upper }}", "{% if a %}{% endif %}", "{{ a", "{{ a b }}", "{{ range(3) }}", "{{ (a) }}", "{{ ds }}" * 2000]
)
def test_all_others_are_left_to_jinja(text: str) -> None:
    assert read_plain(text, ("task_ids", "dag_id", "key")) is None


@pytest.mark.parametrize("text", ["{{ a" + ".b" * 4000, "{{ a(" + " " * 9000, "{{ a(" + "b," * 4000, "{{ a[" + "'" * 9000, "{{" * 4000])
def test_hostile_templates_are_passed_on_at_once(text: str) -> None:
    assert read_plain(text, ()) is None
