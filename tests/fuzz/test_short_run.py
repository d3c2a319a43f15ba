"""A short run of the fuzzing with texts that are the same each time, and valid Python from a grammar."""

import random
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import run
from tests.fuzz.commands import BrokenPromise
from tests.fuzz.dag_files import check, fix
from tests.fuzz.mutations import MUTATIONS
from tests.fuzz.targets import TARGETS, draw

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # hypothesmith and lark say that parts of Python will go
    import hypothesmith

CASES = {
    "check": 12,
    "fix": 6,
    "show": 6,
    "rerun": 2,
    "template": 4,
    "sql": 3,
    "literals": 3,
    "factory": 4,
    "called": 20,
    "commented": 2,
    "stdin": 2,
    "configured": 8,
    "manifest": 4,
    "read": 4,
    "known": 6,
    "replay": 6,
    "cache": 4,
}
"""Cases of each target; the others, which are quick, get thirty."""


@pytest.mark.parametrize("name", TARGETS)
def test_mutated_texts_break_no_promise(name: str) -> None:
    chance = random.Random(f"{name} 1")
    for _ in range(CASES.get(name, 30)):
        TARGETS[name].run(TARGETS[name].draw(chance))


@given(st.sampled_from([hypothesmith.from_grammar(), hypothesmith.from_node()]).flatmap(lambda strategy: strategy))
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
def test_python_of_any_kind_breaks_no_promise(text: str) -> None:
    check(text)
    fix(text)


@pytest.mark.parametrize("mutation", sorted(set(MUTATIONS), key=lambda mutation: mutation.__name__), ids=lambda mutation: mutation.__name__)
def test_a_mutation_changes_texts(mutation: object) -> None:
    assert callable(mutation)
    text = "x = [1, 2]\n\ndef f(y):\n    if y:\n        return g(y, z=1)\n"
    assert any(mutation(random.Random(seed), text, ["import os\nprint(os)\n"]) != text for seed in range(20))


def test_the_same_chance_draws_the_same_case() -> None:
    assert draw(random.Random(7)) == draw(random.Random(7))


def test_a_broken_promise_is_kept_as_a_find(tmp_path: run.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> None:
        raise BrokenPromise("no")

    monkeypatch.setattr(run, "TARGETS", {"check": type(TARGETS["check"])(fail, None)})
    monkeypatch.setattr(run, "draw", lambda chance: ("check", "x = 1\r\n"))
    monkeypatch.setattr(run, "CASES", 1)
    monkeypatch.setattr(run, "BYTES", run.resource.RLIM_INFINITY)
    run.play(1, tmp_path, None)
    (find,) = tmp_path.glob("*.txt")
    assert run.read_find(find) == ("check", "x = 1\r\n")
    assert "BrokenPromise: no" in find.with_suffix(".why").read_text()
