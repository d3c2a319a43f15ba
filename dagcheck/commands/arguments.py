"""Arguments that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path

from dagcheck.config.releases import problem_with

MOST_JOBS = 256


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """`--quiet`."""
    parser.add_argument("-q", "--quiet", action="store_true", help="no notes and no summary; results and errors only")


def add_paths(parser: argparse.ArgumentParser) -> None:
    """`PATH …`, `--config` and `--airflow`."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=path_given,
        metavar="PATH",
        help="files or folders; default: the configured `dags` folders, else the working directory",
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="use this configuration for all files instead of the nearest one above each"
    )
    parser.add_argument(
        "--airflow",
        type=airflow_version,
        metavar="VERSION",
        help="the Airflow version that the DAGs are for, such as 2.11; default: as configured, else the newest",
    )


def path_given(text: str) -> Path:
    """A path as it is given; `./-` is the file of that name, for `-` alone is standard input to `check`."""
    path = Path(text)
    return Path.cwd() / path if path == Path("-") and text != "-" else path


def add_output(parser: argparse.ArgumentParser) -> None:
    """`--output FILE`."""
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the result to this file instead of standard output")


def airflow_version(text: str) -> str:
    """A version as `--airflow` takes it."""
    if problem := problem_with(text):
        raise argparse.ArgumentTypeError(problem)
    return text


def jobs(text: str) -> int:
    """A number of processes."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes; give one from 1 to {MOST_JOBS}")
    return int(text)


def codes(text: str) -> tuple[str, ...]:
    """`DAG1,DAG301` as a tuple."""
    found = tuple(filter(None, (part.strip() for part in text.split(","))))
    if not found:
        raise argparse.ArgumentTypeError("expected rule codes, prefixes or names, separated by commas")
    return found
