"""`dagcheck simulate`: preview the runs that schedules give."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagcheck.commands.arguments import add_output, add_quiet
from dagcheck.patterns import late

if TYPE_CHECKING:
    from dagcheck.commands.simulating import Simulated
    from dagcheck.commands.workspace import Workspace
    from dagcheck.report.terminal import Terminal

FORMATS = ("table", "json", "csv", "ics", "html")
_LENGTH = late(r"(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """The options of `simulate`."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "simulate",
        help="preview the runs that schedules give",
        description="Preview the runs that schedules give, exactly as Airflow creates them; with several DAGs also the load that they put on the cluster together.",
        epilog="Exit status: 0 previewed, 1 Airflow refuses a schedule or fails to compute its runs, 2 dagcheck could not do its job.",
    )
    add = parser.add_argument
    add(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files or folders; default: the configured `dags` folders, else the working directory",
    )
    add("--dag", metavar="ID", help="only this DAG")
    add("--runs", type=int, metavar="N", help="how many runs of each DAG; default: 10, in a window from --from to --to all")
    add(
        "--from",
        dest="start",
        metavar="DATE",
        help="runs from this date on, whatever the DAG's own dates say, as a backfill would create them (ISO 8601)",
    )
    add("--to", dest="end", metavar="DATE", help="… up to this date, included")
    add("--now", metavar="DATE", help="the clock (ISO 8601); default: now")
    add(
        "--airflow",
        metavar="VERSION[,VERSION]",
        help="the version of Airflow; several show what changes between them; default: as configured, else the newest",
    )
    add("--format", choices=FORMATS, default="table", help="default: table")
    add("--run-duration", type=length, metavar="LENGTH", help="how long a run takes, such as 10m or 1h30m: tells how long a backlog lasts")
    add(
        "--pool",
        action="append",
        type=pool,
        default=[],
        metavar="NAME=SLOTS",
        help="the size of a pool, to hold the load against; may be repeated",
    )
    add("--config", type=Path, metavar="FILE", help="use this configuration for all files instead of the nearest one above each")
    add_output(parser)
    add_quiet(parser)
    return parser


def length(text: str) -> datetime.timedelta:
    """A length of time as `--run-duration` takes it."""
    match = _LENGTH.fullmatch(text.strip().lower())
    if not text.strip() or match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time; write it as 90s, 10m or 1h30m")
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    found = datetime.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not found:
        raise argparse.ArgumentTypeError("a run takes some time; write it as 90s, 10m or 1h30m")
    return found


def pool(text: str) -> tuple[str, int]:
    """A pool's name and size as `--pool` takes them."""
    name, _, slots = text.rpartition("=")
    if not name or not slots.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no pool size; write it as NAME=SLOTS")
    return name, int(slots)


def run(options: argparse.Namespace) -> int:
    """Simulate, show, and return the exit status."""
    from dagcheck.commands.simulating import Wish, simulate_in
    from dagcheck.commands.workspace import Workspace
    from dagcheck.model.visible import visible

    terminal: Terminal = options.terminal
    wish = Wish(
        dag_id=options.dag,
        runs=options.runs,
        start=options.start,
        end=options.end,
        now=options.now,
        airflow=options.airflow,
        run_duration=options.run_duration,
        pools=dict(options.pool),
        load=options.format in ("table", "json", "html"),
    )

    workspaces: list[Workspace] = []

    def make(version: str | None) -> Workspace:
        workspaces.append(Workspace(config_path=options.config, airflow=version))
        return workspaces[-1]

    simulated = simulate_in(make, options.paths, wish)
    terminal.behind = workspaces[0].veil.text
    for note in simulated.notes:
        terminal.note(note)
    if simulated.simulation.dags or options.format == "json":
        _write(simulated, options, terminal)
    for failure in simulated.failures:
        terminal.error(visible(failure))
    if not simulated.simulation.dags:
        terminal.error("no DAG found")
    return simulated.status


def _write(simulated: Simulated, options: argparse.Namespace, terminal: Terminal) -> None:
    from dagcheck.engine.veil import OneLine
    from dagcheck.simulation.formats import rendered

    paint = terminal.paint if options.output is None else _plain
    shown = OneLine().whole(simulated.simulation) if options.format == "table" else simulated.simulation
    text = rendered(shown, options.format, paint, options.run_duration)
    if options.output is not None:
        from dagcheck.commands.writing import write_text

        write_text(options.output, terminal.behind(text))
    elif text:
        terminal.write(text.removesuffix("\n"), "json" if options.format == "json" else "text")


def _plain(text: str, *styles: str) -> str:
    return text
