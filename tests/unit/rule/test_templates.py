"""Templates tell what they name and pull."""

import pytest

from dagcheck.rule.templates import Pull, parse


@pytest.mark.parametrize(
    ("text", "names", "attributes"),
    [
        ("{{ ds }} and {{ params.region }}", {"ds", "params"}, {("params", "region")}),
        ("{% for n in range(3) %}{{ n }}{{ loop.index }}{% endfor %}", set(), {("loop", "index")}),
        ("{% set day = ds %}{{ day }}", {"ds"}, set()),
        ("{{ macros.ds_add(ds, 1) }}", {"macros", "ds"}, {("macros", "ds_add")}),
        ("{# ds #} plain", set(), set()),
    ],
)
def test_names_and_attributes_from_outside_are_told(text: str, names: set[str], attributes: set[tuple[str, str]]) -> None:
    parsed = parse(text)
    assert parsed.error is None
    assert parsed.names == names
    assert parsed.attributes == attributes


def test_filters_that_jinja_lacks_are_told_and_no_error() -> None:
    assert parse("{{ ts | ts_nodash | upper }}").filters == {"ts_nodash"}


def test_a_number_of_too_many_digits_is_an_error() -> None:
    assert parse(f"{{{{ day[{'1' * 5000}] }}}}").error == ("it holds a number of too many digits", 1)


def test_a_broken_template_has_an_error_with_its_line() -> None:
    error = parse("a\n{{ ds }").error
    assert error is not None
    assert error[1] == 2


@pytest.mark.parametrize(
    ("text", "pull"),
    [
        ("{{ ti.xcom_pull('a') }}", Pull(("a",))),
        ("{{ ti.xcom_pull(task_ids=['a', 'b'], key='k') }}", Pull(("a", "b"), "k")),
        ("{{ ti.xcom_pull(task_ids=params.task) }}", Pull(None)),
        ("{{ ti.xcom_pull(task_ids=['a', params.task]) }}", Pull(None)),
        ("{{ ti.xcom_pull('a', dag_id='other') }}", Pull(("a",), dag_id="other", has_dag=True)),
        ("{{ ti.xcom_pull('a', key=params.key) }}", Pull(("a",), None)),
    ],
)
def test_pulls_are_told_as_far_as_they_are_written_out(text: str, pull: Pull) -> None:
    assert parse(text).pulls == (pull,)
