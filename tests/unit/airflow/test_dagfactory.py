"""DAGs that dag-factory makes of YAML files."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import dagcheck

LOADER = """
from pathlib import Path
from dagfactory import load_yaml_dags
load_yaml_dags(globals_dict=globals(), config_filepath=str(Path(__file__).parent / "dags.yml"))
"""
FOLDER = """
from pathlib import Path
from dagfactory import load_yaml_dags
load_yaml_dags(globals_dict=globals(), dags_folder=str(Path(__file__).parent / "configs"))
"""
EMPTY = "airflow.providers.standard.operators.empty.EmptyOperator"


def show(folder: Path, texts: dict[str, str], airflow: str = "3.3") -> Any:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shown = dagcheck.show([folder / "loader.py"], airflow=airflow, config={"roots": [str(folder)]})
    return shown.files[0]


def by_id(file: Any) -> dict[str, Any]:
    return {dag.dag_id: dag for dag in file.dags}


def test_sections_take_what_they_lack_from_the_default_section_in_depth(tmp_path: Path) -> None:
    yaml = f"""
default:
  default_args: {{owner: everyone, retries: 2, start_date: 2025-01-01}}
  schedule: "@daily"
  catchup: false
  tags: [shared]
first:
  default_args: {{owner: one}}
  tasks: {{a: {{operator: {EMPTY}}}}}
second:
  schedule: none
  tags: [own]
  tasks: [{{task_id: a, operator: {EMPTY}, retries: 5}}]
"""
    dags = by_id(show(tmp_path, {"loader.py": LOADER, "dags.yml": yaml}))
    assert set(dags) == {"first", "second"}
    assert all(dag.exact for dag in dags.values())
    first, second = dags["first"], dags["second"]
    assert (first.schedule.expression, second.schedule.kind) == ("0 0 * * *", "none")
    assert (first.tasks[0].owner, first.tasks[0].retries, second.tasks[0].retries) == ("one", 2, 5)
    assert (first.tags, second.tags) == (("dagfactory", "shared"), ("dagfactory", "own"))
    assert str(first.start_date).startswith("2025-01-01")


def test_tasks_and_groups_are_linked_by_their_names(tmp_path: Path) -> None:
    yaml = f"""
grouped:
  schedule: null
  task_groups:
    outer: {{dependencies: [a]}}
    inner: {{parent_group_name: outer}}
  tasks:
    a: {{operator: {EMPTY}}}
    d: {{operator: {EMPTY}, dependencies: [outer, c]}}
    b: {{operator: {EMPTY}, task_group_name: outer}}
    c: {{operator: {EMPTY}, task_group_name: inner, dependencies: [b]}}
"""
    dag = by_id(show(tmp_path, {"loader.py": LOADER, "dags.yml": yaml}))["grouped"]
    assert dag.exact
    assert {task.task_id for task in dag.tasks} == {"a", "d", "outer.b", "outer.inner.c"}
    leaves_while_linking = {("outer.b", "d"), ("outer.inner.c", "d")}
    assert set(dag.edges) == {("a", "outer.b"), ("outer.b", "outer.inner.c"), *leaves_while_linking}


def test_functions_mapped_arguments_and_references_make_taskflow_tasks(tmp_path: Path) -> None:
    yaml = """
flow:
  schedule: null
  tasks:
    total: {decorator: airflow.sdk.task, python_callable: steps.total, values: +double}
    numbers: {decorator: airflow.sdk.task, python_callable: steps.numbers}
    double: {decorator: airflow.sdk.task, python_callable: steps.double, expand: {number: +numbers}, dependencies: [numbers]}
"""
    steps = "def numbers():\n    return [1]\ndef double(number):\n    return number\ndef total(values):\n    return values\n"
    yaml = yaml.replace("values: +double}", "values: +double, dependencies: [double]}")
    dag = by_id(show(tmp_path, {"loader.py": LOADER, "dags.yml": yaml, "steps.py": steps}))["flow"]
    assert dag.exact
    assert {(task.task_id, task.mapped) for task in dag.tasks} == {("numbers", False), ("double", True), ("total", False)}
    assert set(dag.edges) == {("numbers", "double"), ("double", "total")}


def test_the_nearest_defaults_file_wins_and_tags_are_put_together(tmp_path: Path) -> None:
    texts = {
        "loader.py": FOLDER,
        "defaults.yml": "default_args: {owner: far, start_date: 2024-05-01}\ntags: [far]\nschedule: '@weekly'\n",
        "configs/team/defaults.yml": "default_args: {owner: near}\ntags: [near]\n",
        "configs/team/dags.yml": f"one:\n  tasks: {{a: {{operator: {EMPTY}}}}}\n",
    }
    dag = by_id(show(tmp_path, texts))["one"]
    assert dag.exact
    assert (dag.tasks[0].owner, dag.schedule.expression, dag.tags) == ("near", "0 0 * * 0", ("dagfactory", "far", "near"))
    assert str(dag.start_date).startswith("2024-05-01")


def test_a_dag_that_dag_factory_fails_to_build_is_left_out_and_told(tmp_path: Path) -> None:
    yaml = f"""
good:
  tasks: {{a: {{operator: {EMPTY}}}}}
round:
  tasks: {{a: {{operator: {EMPTY}, dependencies: [b]}}, b: {{operator: {EMPTY}, dependencies: [a]}}}}
nothing:
  tasks: {{a: {{bash_command: ls}}}}
missing:
  tasks: {{a: {{operator: {EMPTY}, dependencies: [z]}}}}
"""
    file = show(tmp_path, {"loader.py": LOADER, "dags.yml": yaml})
    assert set(by_id(file)) == {"good"}
    told = [misuse.message for misuse in file.misuses if misuse.kind == "lost-dag" and "leaves" in misuse.message]
    assert [name for name in ("round", "nothing", "missing") if any(repr(name) in message for message in told)] == [
        "round",
        "nothing",
        "missing",
    ]


def test_unknown_environment_variables_are_doubts_only_where_they_matter(tmp_path: Path) -> None:
    yaml = f"""
harmless:
  tasks: {{a: {{operator: airflow.providers.standard.operators.bash.BashOperator, bash_command: "echo $WHERE"}}}}
harmful:
  schedule: $WHEN
  tasks: {{a: {{operator: {EMPTY}}}}}
"""
    dags = by_id(show(tmp_path, {"loader.py": LOADER, "dags.yml": yaml}))
    assert dags["harmless"].exact
    assert not dags["harmful"].exact
    assert any("WHEN" in doubt.message for doubt in dags["harmful"].doubts)


def test_schedules_over_assets_take_uris_and_typed_values(tmp_path: Path) -> None:
    yaml = f"""
listed:
  schedule: ["s3://bucket/a", "s3://bucket/b"]
  tasks: {{a: {{operator: {EMPTY}, outlets: ["s3://bucket/c"]}}}}
typed:
  schedule: {{__type__: datetime.timedelta, hours: 6}}
  tasks: {{a: {{operator: {EMPTY}}}}}
either:
  schedule: {{__or__: [{{__type__: airflow.sdk.Asset, __args__: [x]}}, {{__type__: airflow.sdk.Asset, __args__: [y]}}]}}
  tasks: {{a: {{operator: {EMPTY}}}}}
"""
    dags = by_id(show(tmp_path, {"loader.py": LOADER, "dags.yml": yaml}))
    assert {name: (dag.exact, dag.schedule.kind) for name, dag in dags.items()} == {
        "listed": (True, "assets"),
        "typed": (True, "interval"),
        "either": (True, "assets"),
    }


def test_conditions_over_datasets_hold_for_airflow_2_alone(tmp_path: Path) -> None:
    yaml = """
both:
  default_args: {start_date: 2025-01-01}
  schedule: {datasets: "s3://one & (s3://two | s3://three)"}
  tasks: {a: {operator: airflow.operators.empty.EmptyOperator}}
"""
    texts = {"loader.py": LOADER, "dags.yml": yaml}
    dag = by_id(show(tmp_path, texts, "2.11"))["both"]
    assert (dag.exact, dag.schedule.kind) == (True, "assets")
    assert by_id(show(tmp_path, texts, "3.3")) == {}


def test_the_factory_class_of_older_releases_is_never_exact(tmp_path: Path) -> None:
    loader = "from dagfactory import DagFactory\nfactory = DagFactory(config={'d': {'tasks': {}}})\nfactory.clean_dags(globals())\nfactory.generate_dags(globals())\n"
    dag = by_id(show(tmp_path, {"loader.py": loader}))["d"]
    assert not dag.exact


def test_a_module_of_the_project_that_is_only_called_dagfactory_is_followed(tmp_path: Path) -> None:
    own = "from airflow.sdk import DAG\ndef make(name):\n    return DAG(name, schedule=None)\n"
    loader = "from dagfactory import make\ndag = make('own')\n"
    assert by_id(show(tmp_path, {"loader.py": loader, "dagfactory.py": own}))["own"].exact


FULL: dict[str, Any] = {
    "default": {"default_args": {"start_date": "2025-01-01"}, "tags": ["a"]},
    "d": {
        "schedule": ["s3://b/c"],
        "end_date": "2026-01-01",
        "template_searchpath": ["/nowhere"],
        "user_defined_macros": {"m": "steps.numbers"},
        "on_success_callback": "steps.numbers",
        "task_groups": {"g": {"default_args": {"retries": 1}, "dependencies": ["a"]}, "h": {"parent_group_name": "g"}},
        "tasks": [
            {"task_id": "a", "operator": EMPTY, "outlets": ["s3://b/d"], "execution_delta": "2 hours"},
            {"task_id": "b", "decorator": "airflow.sdk.task", "python_callable": "steps.numbers", "task_group_name": "h"},
            {
                "task_id": "c",
                "decorator": "airflow.sdk.task",
                "python_callable": "steps.double",
                "expand": {"number": "+b"},
                "dependencies": ["a"],
            },
            {"task_id": "e", "operator": EMPTY, "variables_as_arguments": [{"variable": "v", "attribute": "retries"}]},
            {"task_id": "f", "operator": EMPTY, "inlets": {"file": "/x.yml", "datasets": ["a"]}},
        ],
    },
}
"""A configuration with about everything that a configuration can hold."""


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(item, (*path, key))


@pytest.mark.parametrize("strange", ["$UNKNOWN", 7, [7], {"x": 7}, "", {"__type__": "datetime.nothing"}, {"__and__": 3}], ids=repr)
def test_nothing_strange_at_any_place_of_a_configuration_ends_the_evaluation(tmp_path: Path, strange: Any) -> None:
    steps = "def numbers():\n    return [1]\ndef double(number):\n    return number\n"
    for index, place in enumerate(places(FULL)):
        changed = copy.deepcopy(FULL)
        inner: Any = changed
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = strange
        (tmp_path / "configs").mkdir(exist_ok=True)
        (tmp_path / "configs" / f"{index}.yml").write_text(yaml.safe_dump(changed))
    file = show(tmp_path, {"loader.py": FOLDER, "steps.py": steps})
    assert [error.message for error in file.errors] == []
    assert not any(dag.exact and "UNKNOWN" in str(dag.tasks) for dag in file.dags)
