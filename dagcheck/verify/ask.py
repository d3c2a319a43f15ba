"""Have another interpreter's Airflow load DAG files, and read what it made of them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagcheck.model.errors import ExplainedError

DUMP = Path(__file__).with_name("dump.py")
SECONDS_A_FILE = 60
SECONDS_TO_START = 300
TRACE_LINES = 5


class VerifyError(ExplainedError):
    """The other interpreter could not be asked: it is not there, has no Airflow, or gave no answer."""


@dataclass(frozen=True)
class Answer:
    """What an Airflow made of files: its version, and an entry for each file in the form that `dump.py` prints."""

    airflow: str
    files: tuple[Mapping[str, Any], ...]


def ask(
    python: Path,
    files: Sequence[Path],
    roots: Sequence[Path] = (),
    env: Mapping[str, str] | None = None,
    seconds: int = SECONDS_A_FILE,
    directory: Path | None = None,
) -> Answer:
    """Load the files with the DagBag of the Airflow that `python` has. This executes them, each in a process of its own for at most `seconds`.

    `roots` are put on the path for imports, and the first of them is Airflow's DAG folder unless the environment names one; `env` is added to this process's
    environment, and example DAGs are never loaded. `directory` is the folder to do it in; default: this process's.

    Raises:
        VerifyError: there is no such interpreter, it has no Airflow, or it ended or hung without an answer.
    """
    request = {"files": [str(path) for path in files], "roots": [str(root) for root in roots], "seconds": seconds}
    folder = {"AIRFLOW__CORE__DAGS_FOLDER": str(roots[0])} if roots else {}
    environment = {**folder, **os.environ, "AIRFLOW__CORE__LOAD_EXAMPLES": "False", **(env or {})}
    limit = SECONDS_TO_START + seconds * len(files)
    try:
        run = subprocess.run(
            [str(python.absolute()), str(DUMP)],
            input=json.dumps(request),
            env=environment,
            cwd=directory,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
    except OSError as error:
        raise VerifyError(f"{python} can't be run: {error.strerror}; give the interpreter of an environment that has Airflow") from error
    except subprocess.TimeoutExpired as error:
        raise VerifyError(f"{python} gave no answer within {limit:,} seconds") from error
    return read_answer(python, run)


def read_answer(python: Path, run: subprocess.CompletedProcess[str]) -> Answer:
    """The answer that the other interpreter printed.

    Raises:
        VerifyError: it printed none.
    """
    trace = run.stderr.strip().splitlines()
    if "No module named 'airflow'" in (trace[-1] if trace else ""):
        raise VerifyError(f"{python} has no Airflow; give the interpreter of an environment that has it")
    try:
        told = json.loads(run.stdout)
        return Answer(told["airflow"], tuple(told["files"]))
    except (ValueError, KeyError, TypeError) as error:
        end = "\n".join(trace[-TRACE_LINES:])
        raise VerifyError(f"{python} gave no answer (exit status {run.returncode}):\n{end}") from error
