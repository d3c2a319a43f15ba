"""`dagcheck show`: what was extracted from DAG files."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from dagcheck.commands.arguments import add_output, add_paths, add_quiet

if TYPE_CHECKING:
    from dagcheck.model.dag import Shown
    from dagcheck.report.terminal import Terminal


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """The options of `show`."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "show", help="show what was extracted", description="Show what was extracted from DAG files."
    )
    add_paths(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--dag", metavar="ID", help="only this DAG")
    parser.add_argument("--doubts", action="store_true", help="count why DAGs are not exact, instead")
    add_output(parser)
    add_quiet(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Extract, show, and return the exit status: 2 if something could not be looked at or there is no DAG, else 0."""
    from dagcheck.commands.extracting import extract_files
    from dagcheck.commands.workspace import Workspace
    from dagcheck.engine.veil import OneLine
    from dagcheck.model.visible import visible
    from dagcheck.report.tree import draw

    terminal: Terminal = options.terminal
    workspace = Workspace(config_path=options.config, airflow=options.airflow)
    extraction = extract_files(workspace, options.paths)
    terminal.behind = workspace.veil.text
    for note in extraction.notes:
        terminal.note(note)
    shown = extraction.shown if options.dag is None else only_dag(extraction.shown, options.dag)
    if options.doubts:
        text = "\n".join(map(visible, count_doubts(shown)))
    elif options.format == "json":
        text = json.dumps(shown.model_dump(mode="json"), indent=2, ensure_ascii=False)
    else:
        paint = terminal.paint if options.output is None else None
        text = "\n".join(draw(OneLine().whole(shown), paint))
    if options.output is not None:
        from dagcheck.commands.writing import write_text

        write_text(options.output, terminal.behind(f"{text}\n"))
    elif text:
        terminal.write(text, "json" if options.format == "json" and not options.doubts else "text")
    for failure in extraction.failures:
        terminal.error(failure)
    if not any(file.dags or file.errors for file in shown.files):
        terminal.error(f"no DAG is called {options.dag!r} here" if options.dag else "no DAG found")
        return 2
    failed = any(error.kind == "failed" for file in shown.files for error in file.errors)
    return 2 if extraction.failures or failed else 0


def only_dag(shown: Shown, dag_id: str) -> Shown:
    """The files that hold a DAG, with nothing but that DAG."""
    files = [
        file.model_copy(update={"dags": tuple(dag for dag in file.dags if dag.dag_id == dag_id), "errors": ()}) for file in shown.files
    ]
    return shown.model_copy(update={"files": tuple(file for file in files if file.dags)})


def count_doubts(shown: Shown) -> list[str]:
    """For each reason why a DAG is not exact, how many DAGs it concerns, the most first, with one place as an example."""
    numbers: Counter[str] = Counter()
    example: dict[str, str] = {}
    for file in shown.files:
        for dag in file.dags:
            for message, doubt in {doubt.message: doubt for doubt in reversed(dag.doubts)}.items():
                numbers[message] += 1
                example.setdefault(message, f"{doubt.path or file.path}:{doubt.line}")
    dags = [dag for file in shown.files for dag in file.dags]
    head = f"{sum(dag.exact for dag in dags):,} of {len(dags):,} DAGs are exact"
    return [head, *(f"{number:>6,}  {message}  ({example[message]})" for message, number in numbers.most_common())]
