"""The life-cycle model ends in the states in which Airflow's own scheduler logic ends."""

from __future__ import annotations

import datetime
import importlib.util
import itertools
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dagcheck.harness.history import Run
from dagcheck.harness.latest import LatestOnlyActor, is_latest
from dagcheck.harness.lifecycle import DagShape, Instance, Machine, TaskShape, in_order
from dagcheck.harness.triggers import RULES
from dagcheck.harness.world import Situation

HERE = Path(__file__).parent
VERSION = "3.3.2"
OLD_NAMES = {"dummy", "none_failed_or_skipped"}
ENDS = ("success", "failed", "skipped")

Item = dict[str, Any]


def item(task_id: str, upstream: tuple[str, ...] = (), outcome: str = "success", rule: str = "all_success", **more: Any) -> Item:
    return {"task_id": task_id, "upstream": list(upstream), "outcome": outcome, "trigger_rule": rule, **more}


def every_rule() -> list[Item]:
    """Three tasks that end in each way, and for each rule a task below every set of them, with one more below that."""
    items = [item(end, outcome=end) for end in ENDS]
    for rule in sorted(set(RULES) - OLD_NAMES):
        for size in range(1, 4):
            for above in itertools.combinations(ENDS, size):
                name = f"{rule}-{'-'.join(above)}"
                items.append(item(name, above, rule=rule))
                items.append(item(f"below-{name}", (name,)))
    return items


def upstream_failures() -> list[Item]:
    """Each rule below a task whose own upstream failed, beside one that succeeded or was skipped."""
    items = [item("bad", outcome="failed"), item("stopped", ("bad",)), item("good"), item("skips", outcome="skipped")]
    for rule in sorted(set(RULES) - OLD_NAMES):
        for above in (("stopped",), ("stopped", "good"), ("stopped", "skips"), ("stopped", "good", "skips")):
            items.append(item(f"{rule}-{'-'.join(above)}", above, rule=rule))
    return items


def setups_and_teardowns(setup: str, work: str, teardown: str, *, fails_run: bool = False) -> list[Item]:
    """A setup, two tasks of work in its scope, the teardown, and a task after the work."""
    return [
        item("setup", outcome=setup, setup=True),
        item("work", ("setup",), outcome=work),
        item("more", ("work",)),
        item("teardown", ("more", "setup"), outcome=teardown, rule="all_done_setup_success", teardown=True, fails_run=fails_run),
        item("after", ("more",)),
    ]


def mapped() -> list[Item]:
    """A mapped task whose instances end in each way, and each rule below it."""
    items = [{**item("many"), "outcomes": ["success", "failed", "skipped"]}, {**item("fine"), "outcomes": ["success", "success"]}]
    for rule in sorted(set(RULES) - OLD_NAMES):
        items.append(item(f"{rule}-many", ("many",), rule=rule))
        items.append(item(f"{rule}-fine", ("fine",), rule=rule))
    return items


def retried() -> list[Item]:
    """Tasks that fail as often as they may, and once more than that."""
    return [
        item("in-time", retries=2, failures=2),
        item("too-late", retries=1, failures=2),
        item("below-in-time", ("in-time",)),
        item("below-too-late", ("too-late",)),
        item("at-last", ("in-time", "too-late"), rule="all_done"),
    ]


def branches() -> list[Item]:
    """A branch that follows one of three tasks, one that follows nothing, one whose way joins another, and each rule at the joins."""
    items = [item("one-of-three", followed=["a"]), item("a", ("one-of-three",)), item("b", ("one-of-three",)), item("c", ("b",))]
    items += [item("nothing", followed=[]), item("x", ("nothing",)), item("y", ("x",))]
    items += [item("past", followed=["p"]), item("p", ("past",)), item("q", ("p", "past"))]
    for rule in sorted(set(RULES) - OLD_NAMES):
        items.append(item(f"{rule}-join", ("a", "c"), rule=rule))
        items.append(item(f"{rule}-end", ("y",), rule=rule))
    return items


def short_circuits() -> list[Item]:
    """Short circuits that let on and that do not, with and without regard to the trigger rules below."""
    items = []
    for name, lets_on, cuts in (("open", True, True), ("cut", False, True), ("stop", False, False)):
        items += [item(name, lets_on=lets_on, cuts=cuts), item(f"{name}-next", (name,))]
        items += [item(f"{name}-{rule}", (f"{name}-next",), rule=rule) for rule in sorted(set(RULES) - OLD_NAMES)]
    return items


def mapped_groups() -> list[Item]:
    """A mapped group whose instances fare differently, each rule below its tasks inside and outside of it.

    No branch within it: Airflow 3.3.2 lets every way go on there, which is a known bug of its (#67265 on its tracker), and the model does what is documented.
    """
    items = [grouped("g.first", outcomes=["success", "failed", "skipped"]), grouped("g.other", outcomes=["success", "success", "failed"])]
    for rule in sorted(set(RULES) - OLD_NAMES):
        items.append(grouped(f"g.{rule}-one", ("g.first",), rule=rule, outcomes=["success"] * 3))
        items.append(grouped(f"g.{rule}-both", ("g.first", "g.other"), rule=rule, outcomes=["success"] * 3))
        items.append(item(f"{rule}-outside", ("g.first",), rule=rule))
    return items


def grouped(name: str, upstream: tuple[str, ...] = (), rule: str = "all_success", **more: Any) -> Item:
    return item(name, upstream, rule=rule, together=name.partition(".")[0], **more)


def shapes() -> dict[str, list[Item]]:
    found = {"every_rule": every_rule(), "upstream_failures": upstream_failures(), "mapped": mapped(), "retried": retried()}
    found |= {"mapped_groups": mapped_groups()}
    found |= {"branches": branches(), "short_circuits": short_circuits()}
    for number, (setup, work, teardown) in enumerate(
        itertools.product(("success", "failed", "skipped"), ("success", "failed", "skipped"), ("success", "failed"))
    ):
        found[f"teardown_{number}"] = setups_and_teardowns(setup, work, teardown, fails_run=number % 2 == 1)
    return found


def shape_of(items: list[Item]) -> DagShape:
    return in_order(
        TaskShape(
            one["task_id"],
            frozenset(one["upstream"]),
            one["trigger_rule"],
            one.get("retries", 0),
            one.get("setup", False),
            one.get("teardown", False),
            one.get("fails_run", False),
            mapped=len(one["outcomes"]) if "outcomes" in one else None,
            cuts=one.get("cuts", False),
            together=one.get("together"),
        )
        for one in items
    )


def ours(items: list[Item]) -> dict[str, Any]:
    """The states in which our machine ends when every task does what its item says."""
    machine = Machine(shape_of(items), 1)
    wanted = {one["task_id"]: one for one in items}
    tries: dict[Instance, int] = {}
    while ready := machine.ready():
        for instance in ready:
            one = wanted[instance.task]
            tries[instance] = tries.get(instance, 0) + 1
            outcome = one["outcomes"][instance.index] if "outcomes" in one else one["outcome"]
            machine.start(instance)
            followed = tuple(one["followed"]) if "followed" in one else () if one.get("lets_on") is False else None
            machine.finish(instance, "failed" if tries[instance] <= one.get("failures", 0) else outcome, followed)
    states = [[instance.task, instance.index, state] for instance, state in machine.states.items()]
    return {"run": machine.run_states[0], "states": sorted(states)}


@pytest.fixture(scope="module")
def environment() -> tuple[Path, dict[str, str]]:
    """The interpreter of a real Airflow, and the variables that it wants."""
    spec = importlib.util.spec_from_file_location("environments", HERE / "environments.py")
    assert spec is not None
    assert spec.loader is not None
    environments = importlib.util.module_from_spec(spec)
    sys.modules["environments"] = environments
    spec.loader.exec_module(environments)
    python = environments.python_of(VERSION)
    if python is None:
        pytest.skip(f"there is no Airflow {VERSION} here: python tests/oracle/environments.py {VERSION}")
    return python, environments.variables_of(VERSION)


def test_latest_only_lets_go_on_what_airflow_lets_go_on(environment: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    python, variables = environment
    script = [python, HERE / "latest_of_airflow.py", tmp_path / "answers.json"]
    done = subprocess.run(script, env=variables, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads((tmp_path / "answers.json").read_text())
    assert {answer["goes_on"] for answer in found} == {True, False}
    for answer in found:
        first, following, now = (datetime.datetime.fromisoformat(answer[name]) for name in ("run_after", "next", "now"))
        runs = [Run(i, f"{answer['kind']}__{i}", when, when, when, when) for i, when in enumerate((first, following))]
        situation = Situation(Instance(0, "latest"), runs[0], now, 1, 1, latest=is_latest(now, runs[1:]))
        assert (LatestOnlyActor().attempt(situation, {}).followed is None) == answer["goes_on"], answer


@pytest.fixture(scope="module")
def answers(environment: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    python, given = environment
    folder = tmp_path_factory.mktemp("airflow")
    dags = folder / "dags"
    dags.mkdir()
    script = shutil.copy(HERE / "states_of_airflow.py", dags / "states_of_airflow.py")
    (folder / "shapes.json").write_text(json.dumps([{"dag_id": name, "tasks": items} for name, items in shapes().items()]))
    home = folder / "home"
    shutil.copytree(given["AIRFLOW_HOME"], home)
    variables = {
        **given,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "DAGCHECK_SHAPES": str(folder / "shapes.json"),
    }
    done = subprocess.run(
        [python, script, folder / "answers.json"], env=variables, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads((folder / "answers.json").read_text())
    return found


@pytest.mark.parametrize("name", sorted(shapes()))
def test_final_states_equal_those_of_airflow(name: str, answers: dict[str, Any]) -> None:
    mine, theirs = ours(shapes()[name]), answers[name]
    states, wanted = ({(task, index): state for task, index, state in answer["states"]} for answer in (mine, theirs))
    assert {place: (states.get(place), wanted.get(place)) for place in states | wanted if states.get(place) != wanted.get(place)} == {}
    assert mine["run"] == theirs["run"]
