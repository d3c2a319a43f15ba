"""`dagcheck`: picks the command, loads only that command's module, and turns errors into exit statuses."""

from __future__ import annotations

import atexit
import gc
import os
import sys

from dagcheck.cache.runs import Run
from dagcheck.model.errors import ExplainedError
from dagcheck.version import __version__
from dagcheck.witness import Watched

TYPE_CHECKING = False  # as in typing, which a run in which nothing changed does not load
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence
    from typing import Any, TextIO

COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("dagcheck.commands.check", "find what is wrong in DAG files"),
    "show": ("dagcheck.commands.show", "show what was extracted from DAG files"),
    "graph": ("dagcheck.commands.graph", "draw task graphs, and the graph between DAGs"),
    "simulate": ("dagcheck.commands.simulate", "preview the runs that schedules give"),
    "rerun": ("dagcheck.commands.rerun", "find the history of retries and reruns that corrupts data"),
    "init": ("dagcheck.commands.init", "write the configuration, the pre-commit entry and a CI job"),
    "config": ("dagcheck.commands.config", "show the configuration that is in force for a path"),
    "rule": ("dagcheck.commands.rule", "explain one rule"),
    "rules": ("dagcheck.commands.rules", "list all rules"),
    "cache": ("dagcheck.commands.cache", "show or clear what earlier runs found"),
    "verify": ("dagcheck.commands.verify", "compare with what a real Airflow loads"),
}
"""Every command: the module that has its `add_parser` and `run`, and its line in the help."""

_DESCRIPTION = (
    "A static linter and test harness for Airflow DAGs. It reads the source, never runs it, and knows what Airflow would make of it."
)
_CHAIN = 5
_STDERR = 2
_EPILOG = "Exit status: 0 nothing found at or above the failing severity, 1 findings, 2 dagcheck could not do its job."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is returned."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stdout is None or sys.stderr is None:
        _open_streams()
    run = (
        Run(given, sys.stdout, sys.stderr) if _command(given) == "check" and not any(word.startswith("--no-c") for word in given) else None
    )
    status = None if run is None else _guarded(lambda: run.replay(sys.stdout, sys.stderr))
    return _run(given, run) if status is None else status


def _open_streams() -> None:
    """Put streams that lead nowhere in place of those that were closed before the program began, so that no file takes their numbers."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        continue
    os.close(number)
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the program
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _run(given: Sequence[str], run: Run | None) -> int:
    """Run one command; `run` is where it may leave its answer for an equal run."""
    # Nearly all that is made lives until its file is done: looking for garbage as often as usual takes long.
    gc.set_threshold(700_000, 20, 20)
    atexit.register(_leave_garbage)
    parser = _parser(given)
    options = parser.parse_args(given)
    if options.command is None:
        parser.print_help(sys.stderr)
        return 2
    from dagcheck.report.terminal import Terminal

    options.cached_run = run
    options.terminal = Terminal(sys.stdout, sys.stderr, quiet=getattr(options, "quiet", False))
    from contextlib import nullcontext

    from dagcheck.engine.alarm import Alarms

    with nullcontext() if run is None else Watched(), Alarms():
        return _guarded(lambda: options.run(options)) or 0


def _leave_garbage() -> None:
    """Spare the last search for garbage, which Python makes before it ends; DuckDB counts on it and complains where it is left out."""
    if "_duckdb" not in sys.modules:
        gc.freeze()


def _command(given: Sequence[str]) -> str | None:
    """The command that is asked for."""
    return next((word for word in given if not word.startswith("-")), None)


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; only the command that is used has its options, so that only its module is loaded."""
    import argparse
    import importlib

    class Parser(argparse.ArgumentParser):
        """Tells its help formatter how wide the terminal is; left alone, that loads `shutil` for each option."""

        def __init__(self, **options: Any) -> None:
            super().__init__(formatter_class=lambda prog: argparse.HelpFormatter(prog, width=_columns() - 2), **options)

    parser = Parser(prog="dagcheck", description=_DESCRIPTION, epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=f"dagcheck {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    used = _command(given)
    for name, (module, text) in COMMANDS.items():
        if name == used:
            command = importlib.import_module(module)
            command.add_parser(subparsers).set_defaults(run=command.run)
        else:
            subparsers.add_parser(name, help=text)
    return parser


def _columns() -> int:
    """How wide the terminal is, as `shutil.get_terminal_size` finds it."""
    given = os.environ.get("COLUMNS", "")
    if given.isdigit() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else -1).columns or 80
    except (ValueError, OSError):
        return 80


def _guarded(work: Callable[[], int | None]) -> int | None:
    """What the work returns; an error that it knows becomes a message and exit status 2, and so does one that it does not know, with its trace."""
    try:
        status = work()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader went away, as `head` does
        _leave(sys.stdout)
        return 141
    except KeyboardInterrupt:
        _tell_error("interrupted")
        return 130
    except Exception as error:  # noqa: BLE001 - the outermost edge: whatever went wrong must not end as exit status 1, which means findings
        try:
            _tell_error(_explained(error))
        except OSError:  # nobody can be told, since that is what went wrong
            _leave(sys.stderr)
        return 2
    return status


def _leave(stream: TextIO) -> None:
    """Write to nowhere what is still to be written to a stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _tell_error(text: str) -> None:
    from dagcheck.report.terminal import Terminal

    Terminal(sys.stdout, sys.stderr).error(text)


def _explained(error: Exception) -> str:
    """What to say of an error: its message where dagcheck raised it on purpose, else the trace that a bug report needs."""
    if isinstance(error, ExplainedError | OSError):
        return _without_secrets(str(error))
    import traceback

    trace = "".join(traceback.format_tb(error.__traceback__)).rstrip()
    return (
        f"dagcheck failed, which is a bug in dagcheck {__version__}; please report it with this trace:\n{trace}\n{_guarded_message(error)}"
    )


def _guarded_message(error: BaseException) -> str:
    """The kinds and messages of an error and of those that led to it, without what they quote: that may be anything of a DAG file."""
    import re

    said: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(said) < _CHAIN:
        text = re.sub(r"(['\"])(?![A-Za-z_.]*\1)(?:(?!\1).)*\1|(?=\S*\d)\S{12,}", "…", str(seen))
        said.append(f"{type(seen).__qualname__}: {_without_secrets(text)}")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\nbecause of ".join(said)


def _without_secrets(text: str) -> str:
    """A message without what reads as a secret, such as a wrong value in the configuration; as it is where no rule pack can be loaded, since then that is what it is about."""
    from dagcheck.engine.packs import PackError
    from dagcheck.engine.redact import careful

    try:
        return careful(text)
    except PackError:
        return text


if __name__ == "__main__":
    sys.exit(main())
