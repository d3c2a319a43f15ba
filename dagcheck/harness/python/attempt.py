"""One attempt of a Python task, in the child: the context, the call, the result."""

from __future__ import annotations

import inspect
import os
import re
import sys
import time
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dagcheck.harness.python import operators, placeholders
from dagcheck.harness.python.link import Link, Stopped
from dagcheck.harness.python.seal import ABSOLUTE, TEMPORARY, Seal
from dagcheck.harness.python.wire import Line
from dagcheck.harness.template import Templates
from dagcheck.harness.world import Situation

CONTEXT: dict[str, Any] = {}
"""The context of the running task."""


def played(line: Line, seal: Seal, request: dict[str, Any], module_of: Callable[[], types.ModuleType], paths: tuple[str, ...]) -> None:
    """Play the attempt that `request` asks for, and tell how it ended."""
    link = Link.current = Link(line, seal, paths, dict(request["variables"]), list(request["xcoms"]))
    _lay(Path(seal.root), request["files"])
    _make_folders(Path(seal.root) / ABSOLUTE, paths[0])
    link.known = dict(link.files())
    os.chdir(seal.root)
    seal.redirect()
    seal.refuse()
    seal.limit()
    seal.chance(int(request["number"]))
    try:
        with _clock(request["clock"]) as clock:
            time.sleep = lambda seconds: clock.shift(max(0.0, float(seconds)))
            module = module_of()
            act = _act_of(module, request, link)
            seal.active = True
            try:
                result = act()
            finally:
                seal.active = False
            link.flush()
        link.push("return_value", result) if result is not None else None
        line.send(
            {
                "is": "done",
                "outcome": "success",
                "reads": sorted(link.reads),
                "xcoms": link.pushed,
                "result": result if request.get("wants_result") else None,
            }
        )
    except Stopped:
        line.send({"is": "done", "outcome": "stopped"})
    except placeholders.AirflowSkipException:
        link.flush()
        line.send({"is": "done", "outcome": "skipped", "reads": sorted(link.reads), "xcoms": link.pushed})
    except BaseException as problem:  # noqa: BLE001 - whatever the user's code raises, sys.exit and MemoryError too, is how the attempt ended
        seal.active = False
        link.flush()
        number, path = _place_of(problem, paths)
        error = f"{type(problem).__name__}: {_text(problem)}".replace(os.path.join(seal.root, ABSOLUTE), "").replace(seal.root + os.sep, "")
        line.send({"is": "done", "outcome": "failed", "error": error, "line": number, "path": path})


def _act_of(module: types.ModuleType, request: dict[str, Any], link: Link) -> Callable[[], Any]:
    """What the attempt does: a function is called, or an operator of the project's own executed."""
    if "operator" in request:
        operator = operators.made(request["operator"], link)
        return lambda: _executed(operator, request, link)
    function = found(module, request["function"])
    return lambda: _called(function, request, link)


def _text(problem: BaseException) -> str:
    """The first line of what an exception says."""
    try:
        return (str(problem).strip().splitlines() or [""])[0][:300]
    except Exception:  # noqa: BLE001 - an exception of the user's whose text cannot be had
        return "(no text)"


def _place_of(problem: BaseException, paths: tuple[str, ...]) -> tuple[int | None, str | None]:
    frames = [
        frame
        for frame in traceback.extract_tb(problem.__traceback__)
        if frame.filename.startswith(paths) and "site-packages" not in frame.filename
    ]
    return (frames[-1].lineno, frames[-1].filename) if frames else (None, None)


def _lay(root: Path, files: dict[str, bytes]) -> None:
    """Put the files of the world into the scratch root."""
    (root / TEMPORARY).mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = root / name
        if name.endswith(os.sep):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


NAMED = re.compile(r"""["'](/[\w.=-]+(?:/[\w.=-]+)*/?)""")
MADE = re.compile(r"""(?:(?:mkdir|makedirs)\(\s*f?["']|Path\(f?["'](?=[^"'{]*["']\)\.mkdir))(/[^"'{]*)""")


def _make_folders(root: Path, file: str) -> None:
    """Make the folders that a file's absolute paths lie in, since a worker has them; not those that the file makes itself, and none that this machine has."""
    text = Path(file).read_text(encoding="utf-8", errors="replace")
    own = {name.rstrip("/") for name in MADE.findall(text)}
    for name in NAMED.findall(text):
        folder = name.rstrip("/") if name.endswith("/") else os.path.dirname(name)
        if folder not in own and not os.path.isdir(folder):
            (root / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)


def _clock(instant: Any) -> Any:
    import time_machine

    return time_machine.travel(instant, tick=True)


def _called(function: Callable[..., Any], request: dict[str, Any], link: Link) -> Any:
    """Call a task's function as Airflow does: with its arguments, and with what it names of the context."""
    context = _context(request, link)[0]
    CONTEXT.update(context)
    args, kwargs = (
        [_filled(item, link) for item in request["args"]],
        {name: _filled(item, link) for name, item in request["kwargs"].items()},
    )
    kwargs.update(kwargs.pop("**", {}))
    parameters = inspect.signature(function).parameters
    takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    taken = set(list(parameters)[: len(args)]) | set(kwargs)
    for name, value in context.items():
        parameter = parameters.get(name)
        if name not in taken and (takes_all or (parameter is not None and parameter.kind is not parameter.VAR_POSITIONAL)):
            kwargs[name] = value
    result = function(*args, **kwargs)
    if inspect.iscoroutine(result):
        import asyncio

        return asyncio.run(result)
    return list(result) if inspect.isgenerator(result) else result


def _executed(operator: placeholders.Operator, request: dict[str, Any], link: Link) -> Any:
    """Execute an operator of the project's own as Airflow does: its templates rendered, with the context."""
    context, templates, situation = _context(request, link)
    context["task"] = operator
    CONTEXT.update(context)
    operators.render(operator, templates, situation, link)
    placeholders.Operator.executing = True
    return operator.execute(context)


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


def _filled(value: Any, link: Link) -> Any:
    """An argument with the XComs that it refers to."""
    if isinstance(value, dict):
        if "$xcom" in value:
            pulled = link.pull(value["$xcom"], value["key"], value.get("own"))
            return pulled if "index" not in value else _under(_item(pulled, value["index"]), value["name"])
        return {name: _filled(item, link) for name, item in value.items()}
    return [_filled(item, link) for item in value] if isinstance(value, list) else value


def _item(pulled: Any, index: int) -> Any:
    """The item that a mapped instance gets; an instance beyond the last item does not exist, and is skipped here."""
    items = list(pulled.items()) if isinstance(pulled, dict) else list(pulled or ())
    if index >= len(items):
        raise placeholders.AirflowSkipException
    return items[index]


def _under(item: Any, name: str | None) -> Any:
    return item if name is None else item.get(name)


def _context(request: dict[str, Any], link: Link) -> tuple[dict[str, Any], Templates, Situation]:
    from dagcheck.harness.history import Run
    from dagcheck.harness.lifecycle import Instance

    runs = [Run(*item) for item in request["runs"]]
    instance = Instance(request["run"], request["task"], request["index"])
    last = None if request["last"] is None else runs[request["last"]]
    situation = Situation(instance, runs[request["run"]], request["clock"], request["try_number"], request["number"], last)
    templates = Templates(request["dag"], (), request["params"], link.variables, runs)
    context = templates.context(situation, link.pull, {})
    context["ti"].xcom_pull = lambda task_ids=None, key="return_value", map_indexes=None, include_prior_dates=False, default=None, **_: _or(
        link.pull(task_ids, key, map_indexes, include_prior_dates), default
    )
    context["ti"].xcom_push = lambda key, value, **_: link.push(key, value)
    context["ti"].render_templates = lambda **_: None
    context["templates_dict"] = request["kwargs"].get("templates_dict")
    context["var"] = {"value": context["var"].value, "json": context["var"].json}
    context["outlet_events"] = context["inlet_events"] = placeholders.Anything()
    return context, templates, situation


def found(module: types.ModuleType, wanted: dict[str, Any]) -> Callable[..., Any]:
    """The function of that name that begins on that line.

    Raises:
        LookupError: reading the file has not made it.
    """
    functions = [
        *placeholders.FUNCTIONS,
        *vars(module).values(),
        *(item for other in list(sys.modules.values()) for item in _public(other, wanted["path"])),
    ]
    near = []
    for candidate in functions:
        function = inspect.unwrap(candidate) if not isinstance(candidate, type) and callable(candidate) else None
        code = getattr(function, "__code__", None)
        if code is None or not _same(code.co_filename, wanted["path"]) or (code.co_name != wanted["name"] and not wanted["lambda"]):
            continue
        if code.co_firstlineno <= wanted["line"] <= wanted["end_line"] and code.co_firstlineno >= wanted["line"] - 40:
            near.append((wanted["line"] - code.co_firstlineno, function))
    if not near:
        raise LookupError(f"reading the file has not made the function {wanted['name']} of line {wanted['line']}")
    return min(near, key=lambda item: item[0])[1]  # type: ignore[return-value]  # it has code, so it can be called


def _same(one: str, other: str) -> bool:
    return one == other or (os.path.basename(one) == os.path.basename(other) and os.path.realpath(one) == os.path.realpath(other))


def _public(module: Any, path: str) -> list[Any]:
    file = vars(module).get("__file__") if isinstance(module, types.ModuleType) else None
    return list(vars(module).values()) if isinstance(file, str) and _same(file, path) else []
