"""The child process of one DAG file: reads the file once, then forks a process for each attempt. Started by `dagcheck.harness.python.actor`; runs user code."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import re
import resource
import shutil
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

from dagcheck.harness.python import attempt, importing, placeholders
from dagcheck.harness.python.link import Link
from dagcheck.harness.python.seal import TEMPORARY, Seal
from dagcheck.harness.python.wire import Broken, Line


def main(arguments: list[str]) -> int:
    """Serve attempts until the line breaks: `server.py READING WRITING FILE SCRATCH ROOT …`."""
    reading, writing, file, scratch, *roots = arguments
    line = Line(int(reading), int(writing))
    os.set_inheritable(line.reading, False)
    os.set_inheritable(line.writing, False)
    sys.path += [root for root in roots if root not in sys.path]  # at the end, where Airflow has them, too
    sys.dont_write_bytecode = True
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    request = line.receive()
    importing.install(request["variables"])
    reading_seal = Seal(Path(scratch) / "reading", lambda what: None)
    (reading_seal.root_path / TEMPORARY).mkdir(parents=True)
    try:
        _import_ahead(file)
        importing.patch_libraries()
        reading_seal.redirect()
        reading_seal.refuse()
        reading_seal.active = True
        try:
            module = loaded(file)
        finally:
            reading_seal.active = False
    except BaseException as problem:  # noqa: BLE001 - the user's file may raise anything, sys.exit too, when it is read
        number, path = attempt._place_of(problem, (file, *roots))
        line.send({"is": "unreadable", "error": f"{type(problem).__name__}: {attempt._text(problem)}", "line": number, "path": path})
        return 0
    gc.collect()
    gc.freeze()  # so that the collector of a forked process leaves the shared pages alone
    line.send({"is": "ready"})
    _serve(line, module, file, scratch, tuple(roots))
    return 0


IMPORT = re.compile(r"^[ \t]*(?:import|from)[ \t]+(.*)$", re.MULTILINE)
AHEAD = re.compile(r"\b(pandas|sqlalchemy|boto3|psycopg2|psycopg|pymysql|MySQLdb|pymssql|pyodbc|oracledb|duckdb|snowflake|numpy|pyarrow)\b")
"""Libraries whose connections the world answers, or that take long to import."""


def _import_ahead(file: str) -> None:
    """Import the libraries that the file imports, inside of functions too, and whose connections the world answers."""
    for name in (
        "dagcheck.harness.template",
        "jinja2.sandbox",
        "pendulum",
        "time_machine",
        "dateutil",
        "json",
        "uuid",
        "sqlite3",
        "fsspec.implementations.local",
    ):
        importlib.import_module(name)
    lines = "\n".join(IMPORT.findall(Path(file).read_text(encoding="utf-8", errors="replace")))
    for name in dict.fromkeys(AHEAD.findall(lines)):
        importlib.import_module(name)


def _serve(line: Line, module: types.ModuleType, file: str, scratch: str, roots: tuple[str, ...]) -> None:
    while True:
        try:
            request = line.receive()
        except Broken:
            return
        folder = tempfile.mkdtemp(dir=scratch)
        process = os.fork()
        if process == 0:
            _attempt(line, module, file, folder, roots, request)
        line_status = os.waitpid(process, 0)[1]
        shutil.rmtree(folder, ignore_errors=True)
        line.send({"is": "ended", "status": os.waitstatus_to_exitcode(line_status)})


def _attempt(line: Line, module: types.ModuleType, file: str, folder: str, roots: tuple[str, ...], request: dict[str, Any]) -> None:
    """Play one attempt in this forked process, and end it."""
    os.setsid()
    line.send({"is": "started", "process": os.getpid()})
    seal = Seal(Path(folder), lambda what: Link.current.refused(what) if Link.current is not None else None)

    def module_of() -> types.ModuleType:
        return loaded(file) if request["reread"] else module

    status = 0
    try:
        attempt.played(line, seal, request, module_of, (os.path.realpath(file), file, *roots))
    except Broken:
        status = 3
    finally:
        os._exit(status)


def loaded(file: str) -> types.ModuleType:
    """The module of a DAG file, read anew."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    placeholders.FUNCTIONS.clear()
    placeholders.OPERATORS.clear()
    name = "dagcheck_rerun_" + re.sub(r"\W", "_", Path(file).stem)
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
