from __future__ import annotations

import pytest

from dagcheck.harness.lifecycle import DagShape, Instance, Machine, TaskShape, in_order


def chain(*names: str, **more: object) -> DagShape:
    above = [frozenset[str](), *(frozenset({name}) for name in names)]
    return in_order([TaskShape(name, upstream, **more) for name, upstream in zip(names, above)])  # type: ignore[arg-type]  # the fields of TaskShape


def succeed(machine: Machine, *instances: Instance) -> None:
    for instance in instances:
        machine.start(instance)
        machine.finish(instance, "success")


def test_a_failed_task_is_retried_as_often_as_it_may() -> None:
    machine = Machine(chain("a", retries=1), 1)
    first = Instance(0, "a")
    machine.ready()
    machine.start(first)
    machine.finish(first, "failed")
    assert machine.states[first] == "up_for_retry"
    assert machine.ready() == [first]
    machine.start(first)
    machine.finish(first, "failed")
    assert machine.states[first] == "failed"
    assert machine.run_states == ["failed"]


def test_clearing_a_task_clears_what_is_below_it_and_reopens_the_run() -> None:
    machine = Machine(chain("a", "b", "c"), 1)
    while ready := machine.ready():
        succeed(machine, *ready)
    assert machine.run_states == ["success"]
    assert machine.clear(0, "b") == {"b", "c"}
    assert machine.ready() == [Instance(0, "b")]
    assert machine.states[Instance(0, "a")] == "success"


def test_no_more_runs_are_active_than_allowed() -> None:
    shape = DagShape(chain("a").tasks, max_active_runs=1)
    machine = Machine(shape, 2)
    assert machine.ready() == [Instance(0, "a")]
    succeed(machine, Instance(0, "a"))
    assert machine.ready() == [Instance(1, "a")]


def test_runs_that_are_not_due_do_not_exist_yet() -> None:
    assert Machine(chain("a"), 3).ready(due=1) == [Instance(0, "a")]


def test_a_task_that_depends_on_its_past_waits_for_the_run_before() -> None:
    machine = Machine(chain("a", depends_on_past=True), 2)
    assert machine.ready() == [Instance(0, "a")]
    succeed(machine, Instance(0, "a"))
    assert machine.ready() == [Instance(1, "a")]


def test_waiting_for_downstream_waits_for_what_is_directly_below_in_the_run_before() -> None:
    machine = Machine(in_order([TaskShape("a", wait_for_downstream=True, depends_on_past=True), TaskShape("b", frozenset({"a"}))]), 2)
    succeed(machine, *machine.ready())
    assert machine.ready() == [Instance(0, "b")]
    succeed(machine, Instance(0, "b"))
    assert machine.ready() == [Instance(1, "a")]


def test_mapped_instances_run_one_by_one_and_all_count_below() -> None:
    machine = Machine(in_order([TaskShape("a", mapped=2), TaskShape("b", frozenset({"a"}))]), 1)
    assert machine.ready() == [Instance(0, "a", 0), Instance(0, "a", 1)]
    succeed(machine, Instance(0, "a", 0))
    assert machine.ready() == [Instance(0, "a", 1)]
    machine.start(Instance(0, "a", 1))
    machine.finish(Instance(0, "a", 1), "failed")
    assert machine.ready() == []
    assert machine.states[Instance(0, "b")] == "upstream_failed"


def test_instances_in_a_mapped_group_go_by_those_of_their_own_index() -> None:
    group = [TaskShape("g.a", mapped=2, together="g"), TaskShape("g.b", frozenset({"g.a"}), mapped=2, together="g")]
    machine = Machine(in_order([*group, TaskShape("after", frozenset({"g.b"}), "all_done")]), 1)
    assert machine.ready() == [Instance(0, "g.a", 0), Instance(0, "g.a", 1)]
    succeed(machine, Instance(0, "g.a", 1))
    assert machine.ready() == [Instance(0, "g.a", 0), Instance(0, "g.b", 1)]
    machine.start(Instance(0, "g.a", 0))
    machine.finish(Instance(0, "g.a", 0), "failed")
    assert machine.ready() == [Instance(0, "g.b", 1)]
    assert machine.states[Instance(0, "g.b", 0)] == "upstream_failed"
    succeed(machine, Instance(0, "g.b", 1))
    assert machine.ready() == [Instance(0, "after")]


def test_a_branch_in_a_mapped_group_skips_within_its_own_instance() -> None:
    names = ("g.choose", "g.a", "g.b")
    group = [TaskShape(name, frozenset({"g.choose"} - {name}), mapped=2, together="g") for name in names]
    machine = Machine(in_order(group), 1)
    for index, way in enumerate(("g.a", "g.b")):
        machine.ready()
        machine.start(Instance(0, "g.choose", index))
        machine.finish(Instance(0, "g.choose", index), "success", (way,))
    assert machine.ready() == [Instance(0, "g.a", 0), Instance(0, "g.b", 1)]
    assert machine.states[Instance(0, "g.b", 0)] == machine.states[Instance(0, "g.a", 1)] == "skipped"


def test_clearing_work_clears_its_setup_and_teardown_too() -> None:
    shape = in_order(
        [
            TaskShape("up", setup=True),
            TaskShape("work", frozenset({"up"})),
            TaskShape("down", frozenset({"work", "up"}), "all_done_setup_success", teardown=True),
        ]
    )
    assert shape.cleared_with("work") == {"up", "work", "down"}


def test_a_failed_teardown_does_not_fail_the_run_unless_told_to() -> None:
    for fails_run, wanted in ((False, "success"), (True, "failed")):
        teardown = TaskShape("down", frozenset({"work"}), "all_done", teardown=True, fails_run=fails_run)
        machine = Machine(in_order([TaskShape("work"), teardown]), 1)
        succeed(machine, *machine.ready())
        machine.ready()
        machine.start(Instance(0, "down"))
        machine.finish(Instance(0, "down"), "failed")
        assert machine.run_states == [wanted]


def test_a_cycle_is_refused() -> None:
    with pytest.raises(ValueError, match="cycle: a, b"):
        in_order([TaskShape("a", frozenset({"b"})), TaskShape("b", frozenset({"a"}))])
