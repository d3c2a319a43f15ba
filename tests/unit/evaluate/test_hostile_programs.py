"""Programs that would never end, or fill the memory, end soon with a doubt that names a place."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dagcheck.evaluate.budget import Budget, Exhausted
from dagcheck.evaluate.interpreter import Interpreter
from dagcheck.evaluate.values import Raised
from dagcheck.model.values import Unknown
from tests.unit.evaluate.hostile import FILES, PROGRAMS
from tests.unit.evaluate.running import ROOT, interpreter

SECONDS, MEGABYTES = 2.0, 300


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, float]]:
    """Processor time and memory of each program, each evaluated in a process of its own."""
    script = Path(__file__).with_name("hostile.py")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=300, cwd=Path(__file__).parents[3]
    )
    found: dict[str, dict[str, float]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_hostile_program_takes_little_time_and_memory(name: str, measured: dict[str, dict[str, float]]) -> None:
    assert measured[name]["status"] == 0
    assert measured[name]["seconds"] < SECONDS
    assert measured[name]["megabytes"] < MEGABYTES


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in ("a module that imports itself", "a deep document")])
def test_a_hostile_program_leaves_a_doubt_with_a_place(name: str) -> None:
    interp = interpreter({"main.py": PROGRAMS[name], **FILES}, budget=Budget(seconds=0.4))
    interp.budget.start()
    places = [found.span for found in ended(interp)]
    assert places
    assert None not in places


def ended(interp: Interpreter) -> list[Unknown | Raised]:
    """What is unknown, and where, after a program was evaluated as far as it goes."""
    try:
        values = interp.run_module(interp.project.source(ROOT / "main.py"), "main").namespace
    except Exhausted as error:
        return [Unknown(str(error), "budget", interp.cut)]
    except Raised as error:
        return [error]
    unknown = [value for name, value in values.items() if isinstance(value, Unknown) and name != "__builtins__"]
    return [*unknown, *interp.doubts, *[why for _, why in interp.state.blurred.values()]]


def test_an_endless_generator_is_walked_only_as_far_as_needed() -> None:
    source = "import itertools\ndef g():\n    n = 0\n    while True:\n        yield n\n        n += 1\nx = list(itertools.islice(g(), 3))\ny = next(g())"
    interp = interpreter({"main.py": source})
    values = interp.run_module(interp.project.source(ROOT / "main.py"), "main").namespace
    assert (values["x"], values["y"]) == ([0, 1, 2], 0)


@pytest.mark.parametrize(
    ("program", "ends"),
    [
        ("n = 0\nwhile True:\n    n += 1\n", False),
        ("n = 0\nwhile True:\n    n += 1\n    if n > 5000:\n        break\n", True),
        ("def count():\n    n = 0\n    while 1:\n        n += 1\n        if n == 5000:\n            return n\nn = count()\n", True),
        ("n = 0\nwhile n < 5000:\n    n += 1\n", True),
        (
            "def many():\n    n = 0\n    while True:\n        yield n\n        n += 1\nfor n in many():\n    if n == 5000:\n        break\n",
            True,
        ),
    ],
)
def test_a_loop_that_nothing_ends_is_followed_for_some_rounds_alone(program: str, ends: bool) -> None:
    interp = interpreter({"main.py": program})
    reasons = [found.reason for found in ended(interp) if isinstance(found, Unknown)]
    assert reasons == ([] if ends else ["a loop that nothing ends"])
