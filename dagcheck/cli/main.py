"""`dagcheck`: picks the command, loads only that command's module, and turns errors into exit statuses."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from dagcheck.model.errors import ExplainedError
from dagcheck.version import __version__

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
    "verify": ("dagcheck.commands.verify", "compare with what a real Airflow loads"),
}
"""Every command: the module that has its `add_parser` and `run`, and its line in the help."""

_DESCRIPTION = (
    "A static linter and test harness for Airflow DAGs. It reads the source, never runs it, and knows what Airflow would make of it."
)
_EPILOG = "Exit status: 0 nothing found at or above the failing severity, 1 findings, 2 dagcheck could not do its job."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is returned."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser(given)
    options = parser.parse_args(given)
    if options.command is None:
        parser.print_help(sys.stderr)
        return 2
    return _guarded(options, parser)


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; only the command that is used has its options, so that only its module is loaded."""
    parser = argparse.ArgumentParser(prog="dagcheck", description=_DESCRIPTION, epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=f"dagcheck {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    used = next((word for word in given if not word.startswith("-")), None)
    for name, (module, text) in COMMANDS.items():
        if name == used:
            command = importlib.import_module(module)
            command.add_parser(subparsers).set_defaults(run=command.run)
        else:
            subparsers.add_parser(name, help=text)
    return parser


def _guarded(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Run the command; an error that it knows becomes a message and exit status 2, and so does one that it does not know, with its trace."""
    from dagcheck.report.terminal import Terminal

    options.terminal = terminal = Terminal(sys.stdout, sys.stderr, quiet=getattr(options, "quiet", False))
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        terminal.error("interrupted")
        return 130
    except Exception as error:  # noqa: BLE001 - the outermost edge: whatever went wrong must not end as exit status 1, which means findings
        terminal.error(_explained(error))
        return 2
    return status


def _explained(error: Exception) -> str:
    """What to say of an error: its message where dagcheck raised it on purpose, else the trace that a bug report needs."""
    if isinstance(error, ExplainedError | OSError):
        return str(error)
    import traceback

    trace = "".join(traceback.format_exception(error)).rstrip()
    return f"dagcheck failed, which is a bug in dagcheck {__version__}; please report it with this trace:\n{trace}"


if __name__ == "__main__":
    sys.exit(main())
