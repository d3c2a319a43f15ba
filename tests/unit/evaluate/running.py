"""How the tests here run a program: by the evaluator, and by Python itself."""

from __future__ import annotations

import collections
import sys
import types
from pathlib import Path
from typing import Any

from dagcheck.evaluate.budget import Budget
from dagcheck.evaluate.interpreter import Interpreter, NoKnowledge
from dagcheck.model.values import Unknown
from dagcheck.source.project import ProjectFiles

ROOT = Path("/project")


def interpreter(files: dict[str, str], env: dict[str, str] | None = None, budget: Budget | None = None) -> Interpreter:
    """An interpreter over files that exist only in memory."""
    project = ProjectFiles([ROOT], base=ROOT, texts={ROOT / name: text.encode() for name, text in files.items()})
    interp = Interpreter(project, NoKnowledge(), env, budget)
    interp.budget.start()
    return interp


def run(
    source: str, files: dict[str, str] | None = None, env: dict[str, str] | None = None, budget: Budget | None = None
) -> tuple[Interpreter, dict[str, Any]]:
    """The interpreter after it evaluated a program, and the program's names."""
    interp = interpreter({"main.py": source, **(files or {})}, env, budget)
    module = interp.run_module(interp.project.source(ROOT / "main.py"), "main")
    return interp, {name: value for name, value in module.namespace.items() if not name.startswith("__")}


def value(source: str, name: str = "x", **options: Any) -> Any:
    """The value that a program gives to a name."""
    return run(source, **options)[1][name]


def python(source: str) -> dict[str, Any]:
    """The names that Python itself gives a program of ours."""
    module = types.ModuleType("main_of_a_test")
    sys.modules[module.__name__] = module
    namespace = vars(module)
    try:
        exec(compile(source, "main.py", "exec"), namespace)  # noqa: S102 a program written in these tests
    finally:
        del sys.modules[module.__name__]
    return {name: value for name, value in namespace.items() if not name.startswith("__")}


PLAIN = (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, range, slice, type(None), collections.deque)


def is_plain(value: Any) -> bool:
    """True for data that both sides show alike."""
    if isinstance(value, dict):
        return all(is_plain(key) and is_plain(item) for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset | collections.deque):
        return all(is_plain(item) for item in value)
    return isinstance(value, PLAIN) and not isinstance(value, types.ModuleType)


def differences(source: str) -> dict[str, tuple[Any, Any]]:
    """The plain values on which Python and the evaluator differ: by name, (Python's, ours)."""
    real = python(source)
    interp, ours = run(source)
    found = {name: (value, ours.get(name)) for name, value in real.items() if is_plain(value) and not alike(value, ours.get(name))}
    if interp.doubts:
        found["doubts"] = (None, interp.doubts)
    return found


def alike(real: Any, ours: Any) -> bool:
    """True if two values are equal, of like types, and nothing in ours is unknown."""
    if isinstance(ours, Unknown):
        return False
    if isinstance(real, dict) and isinstance(ours, dict):
        return len(real) == len(ours) and all(alike(a, b) and alike(real[a], ours[b]) for a, b in zip(real, ours, strict=True))
    if isinstance(real, list | tuple | collections.deque) and isinstance(ours, list | tuple | collections.deque):
        return len(real) == len(ours) and isinstance(real, list) == isinstance(ours, list) and all(map(alike, real, ours))
    return bool(real == ours) and isinstance(real, bool) == isinstance(ours, bool)
