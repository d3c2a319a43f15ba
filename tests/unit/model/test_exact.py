"""Models that are made without validators are those that validation would make."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import dagcheck
from dagcheck.model import dag as models
from dagcheck.model.exact import initialiser
from dagcheck.model.frozen import OFTEN, Model, taken
from dagcheck.model.public import public, validated
from dagcheck.model.values import Span

FIXTURES = Path(__file__).parents[3] / "fixtures"
SPAN = Span("a.py", 1, 1, 1, 2)


class Text(str):
    """A text of a class of its own, as members of enumerations are."""

    __slots__ = ()


def _raw(value: Any) -> Any:
    """The value with a dict in place of each model."""
    if isinstance(value, Model):
        return {name: _raw(item) for name, item in value.__dict__.items()}
    if type(value) in (list, tuple):
        return type(value)(_raw(item) for item in value)
    return {key: _raw(item) for key, item in value.items()} if type(value) is dict else value


def _shape(value: Any) -> Any:
    """The types within a value, in order."""
    if isinstance(value, Model):
        return type(value), [(name, _shape(item)) for name, item in value.__dict__.items()]
    if type(value) in (list, tuple):
        return type(value), [_shape(item) for item in value]
    return (dict, [(key, _shape(item)) for key, item in value.items()]) if type(value) is dict else type(value)


def test_what_files_hold_is_what_validation_would_make_of_it() -> None:
    files = dagcheck.show([FIXTURES]).files
    assert sum(len(file.dags) for file in files) > 20
    for file in files:
        assert isinstance(file, BaseModel)
        assert _shape(type(file).model_validate(_raw(file))) == _shape(file)


@pytest.mark.parametrize("value", ["text", None, 1, [1], {"a": ()}, Text("t")])
def test_any_value_is_taken_where_any_may_stand(value: object) -> None:
    held = taken(models.Argument, {"name": "n", "value": value, "span": SPAN})
    assert held is not None
    assert held["value"] is value


def test_a_value_of_another_type_is_validated() -> None:
    assert taken(models.Effect, {"kind": Text("network"), "name": "x", "span": SPAN}) is None
    assert type(models.Effect(kind=Text("network"), name="x", span=SPAN).kind) is str
    edges = (("a", Text("b")),)
    schedule = models.Schedule(kind="none")
    made = models.Dag(dag_id="d", exact=True, line=1, column=1, schedule=schedule, path="a.py", span=SPAN, edges=edges)
    assert type(made.edges[0][1]) is str


@pytest.mark.parametrize(
    "values",
    [
        {"message": "m", "line": "one", "column": 1},
        {"message": "m", "line": 1},
        {"message": "m", "line": 1, "column": 1, "more": 1},
        {"message": "m", "line": 1, "column": 1, "kind": "no kind"},
    ],
)
def test_what_validation_refuses_is_refused(values: dict[str, Any]) -> None:
    assert taken(models.FileError, values) is None
    with pytest.raises(ValidationError):
        models.FileError(**values)


def test_models_share_no_dict_with_what_they_were_made_of_nor_with_each_other() -> None:
    values = {"a": 1}
    made = models.Misuse(kind="k", message="m", span=SPAN, values=values)
    values["b"] = 2
    assert made.values == {"a": 1}
    one, two = (models.Misuse(kind="k", message="m", span=SPAN) for _ in range(2))
    assert one == two
    assert one.values is not two.values


def test_frozen_models_stay_frozen() -> None:
    made = models.FileError(message="m", line=1, column=1)
    with pytest.raises(AttributeError):
        setattr(made, "line", 2)  # noqa: B010 - mypy knows that it is frozen
    assert made.line == 1


def test_a_public_model_is_a_pydantic_model_and_one_of_the_light_class() -> None:
    schedule = models.Schedule(kind="cron", expression="@daily", given="@daily")
    light = models.Dag(dag_id="d", exact=True, line=1, column=1, schedule=schedule, path="a.py", span=SPAN, tags=("t",))
    found = public(light)
    assert isinstance(found, BaseModel)
    assert isinstance(found, models.Dag)
    assert isinstance(found.schedule, BaseModel)
    dumped = found.model_dump(mode="json")
    assert dumped == light.model_dump(mode="json")
    assert dumped["schedule"] == {"kind": "cron", "expression": "@daily", "timetable": None, "timezone": None}
    assert "span" not in dumped
    assert type(found).model_validate(vars(found)) == found


def test_a_light_model_that_had_to_be_validated_holds_light_models() -> None:
    error = models.FileError(message="m", line=1, column=1)
    made = models.File(path=Text("a.py"), errors=(error,))
    assert type(made.path) is str
    assert made == models.File(path="a.py", errors=(error,))
    assert type(made.errors[0]) is models.FileError


def test_models_are_equal_and_hashed_by_their_fields() -> None:
    one, two = (models.FileError(message="m", line=1, column=1) for _ in range(2))
    assert {one} == {two}
    assert one != one.model_copy(update={"line": 2})
    assert repr(one) == "FileError(message='m', line=1, column=1, kind='syntax')"


ERROR: dict[str, Any] = {"message": "m", "line": 1, "column": 1}


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (models.FileError, ERROR),
        (models.FileError, {**ERROR, "kind": "raises"}),
        (models.FileError, {**ERROR, "line": True}),
        (models.FileError, {**ERROR, "message": Text("m")}),
        (models.Argument, {"name": "n", "span": SPAN}),
        (models.Argument, {"name": "n", "span": SPAN, "value": [1], "origin": "partial"}),
        (models.Misuse, {"kind": "k", "message": "m", "span": SPAN, "values": {"a": 1}, "related": ((SPAN, "here"),)}),
        (models.Misuse, {"kind": "k", "message": "m", "span": SPAN, "related": ((SPAN, Text("here")),)}),
        (models.Declared, {"upstream": "a", "downstream": "b", "span": SPAN, "via_group": ("g",)}),
        (models.File, {"path": "a.py", "errors": (models.FileError(message="m", line=1, column=1),)}),
    ],
)
def test_the_constructor_of_models_that_are_made_often_makes_the_same(kind: type[Model], values: dict[str, Any]) -> None:
    made = kind.__new__(kind)
    initialiser(kind)(made, **values)
    assert _shape(made) == _shape(kind(**values))
    assert made == kind(**values)
    assert not any(held is given for held, given in zip(vars(made).values(), values.values(), strict=False) if type(given) is dict)


@pytest.mark.parametrize("values", [{"message": "m", "line": 1}, {**ERROR, "more": 1}, {**ERROR, "line": "one"}, {**ERROR, "kind": "none"}])
def test_the_constructor_of_models_that_are_made_often_refuses_the_same(values: dict[str, Any]) -> None:
    made = models.FileError.__new__(models.FileError)
    with pytest.raises(ValidationError) as refused:
        initialiser(models.FileError)(made, **values)
    with pytest.raises(ValidationError) as meant:
        validated(models.FileError, values)
    assert [(one["type"], one["loc"]) for one in refused.value.errors()] == [(one["type"], one["loc"]) for one in meant.value.errors()]


def test_a_class_gets_a_constructor_of_its_own_when_many_models_of_it_are_made() -> None:
    made = [models.Trigger(task_id="t", dag_id=None) for _ in range(OFTEN + 1)]
    assert "__init__" in vars(models.Trigger)
    assert all(one == made[0] for one in made)
    assert type(models.Trigger(task_id=Text("t"), dag_id=None).task_id) is str
