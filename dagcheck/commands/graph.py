"""`dagcheck graph`: the task graph of DAGs, or the graph between DAGs."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from dagcheck.commands.arguments import add_output, add_paths, add_quiet

if TYPE_CHECKING:
    from dagcheck.drawing.picture import Picture
    from dagcheck.model.dag import Shown
    from dagcheck.report.terminal import Terminal

FORMATS = ("text", "mermaid", "dot", "svg", "json")


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """The options of `graph`."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "graph", help="draw task graphs", description="Draw the task graph of DAGs or, with --across, the graph between DAGs."
    )
    add_paths(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument("--dag", metavar="ID", help="only this DAG")
    parser.add_argument("--across", action="store_true", help="the DAGs, tied by sensors, triggers and assets, instead of tasks")
    add_output(parser)
    add_quiet(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Extract, draw, and return the exit status: 2 if something could not be looked at or there is nothing to draw, else 0."""
    from dagcheck.commands.extracting import extract_files
    from dagcheck.commands.show import only_dag
    from dagcheck.commands.workspace import Workspace
    from dagcheck.engine.veil import OneLine
    from dagcheck.model.visible import visible

    terminal: Terminal = options.terminal
    workspace = Workspace(config_path=options.config, airflow=options.airflow)
    extraction = extract_files(workspace, options.paths)
    terminal.behind = workspace.veil.text
    for note in extraction.notes:
        terminal.note(note)
    shown = extraction.shown if options.dag is None or options.across else only_dag(extraction.shown, options.dag)
    shown = OneLine().whole(shown) if options.format == "text" else shown
    drawn = pictures(shown, across=options.across)
    if drawn:
        _put(options, render(drawn, options.format, across=options.across))
    errors = [(file.path, error) for file in extraction.shown.files for error in file.errors if error.kind != "cut"]
    for path, error in errors:
        terminal.note(visible(f"{path}:{error.line}: {error.message}"))
    for failure in extraction.failures:
        terminal.error(failure)
    if not drawn:
        terminal.error(_nothing(options, extraction.shown))
        return 2
    return 2 if extraction.failures or any(error.kind in ("hostile", "failed") for _, error in errors) else 0


def pictures(shown: Shown, *, across: bool = False) -> list[Picture]:
    """What there is to draw: one picture a DAG, or one of all DAGs."""
    from dagcheck.drawing.picture import picture_of_dag, picture_of_project

    if across:
        return [picture_of_project(shown.files)] if any(file.dags for file in shown.files) else []
    return [picture_of_dag(dag) for file in shown.files for dag in file.dags]


def render(drawn: list[Picture], form: str, *, across: bool = False) -> str:
    """The pictures in one of `FORMATS`."""
    from dagcheck.drawing.languages import draw_dot, draw_mermaid
    from dagcheck.drawing.words import draw_words

    match form:
        case "mermaid":
            return "\n".join(draw_mermaid(drawn))
        case "dot":
            return "\n".join(draw_dot(drawn))
        case "svg":
            from dagcheck.drawing.svg import draw_svg

            return "\n".join(draw_svg(drawn))
        case "json":
            answer = {"version": 1, "across": across, "graphs": [picture.plain() for picture in drawn]}
            return json.dumps(answer, indent=2, ensure_ascii=False)
    return "\n\n".join("\n".join(draw_words(picture)) for picture in drawn)


def _put(options: argparse.Namespace, text: str) -> None:
    if options.output is not None:
        from dagcheck.commands.writing import write_text

        write_text(options.output, options.terminal.behind(f"{text}\n"))
    else:
        options.terminal.write(text, "json" if options.format == "json" else "text")


def _nothing(options: argparse.Namespace, shown: Shown) -> str:
    if options.dag is None:
        return "no DAG found"
    from difflib import get_close_matches

    near = get_close_matches(options.dag, [dag.dag_id for file in shown.files for dag in file.dags], n=1)
    return f"no DAG is called {options.dag!r} here" + (f"; did you mean {near[0]!r}?" if near else "")
