"""`dagcheck rerun`: search for a history of retries, reruns, backfills and crashes that leaves other data than running each interval once."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagcheck import witness
from dagcheck.commands.arguments import add_output, add_paths, add_quiet
from dagcheck.model.errors import ExplainedError
from dagcheck.patterns import late
from dagcheck.records import replace

if TYPE_CHECKING:
    from dagcheck.commands.workspace import Scope, Workspace
    from dagcheck.engine.select import Selected
    from dagcheck.engine.veil import Veil
    from dagcheck.harness.history import History
    from dagcheck.harness.search import Budget
    from dagcheck.harness.setting import Setting
    from dagcheck.harness.verdict import DagVerdict, Found, Report
    from dagcheck.model.dag import Dag, File
    from dagcheck.report.terminal import Terminal
    from dagcheck.source.project import ProjectFiles

FOLDER = Path(".dagcheck") / "rerun"
_IDS = ("dag_id", "task_id", "task")


class ReplayError(ExplainedError):
    """A replay file cannot be played."""


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """The options of `rerun`."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "rerun",
        help="find the history of retries and reruns that corrupts data",
        description="Search for a history of crashes, retries, clears, backfills and overlapping runs after which the data differs from running every interval exactly once.",
        epilog="Exit status: 0 no such history was found in what was played, 1 there is one, 2 dagcheck could not do its job.",
    )
    add_paths(parser)
    parser.add_argument("--dag", metavar="ID", help="only this DAG")
    parser.add_argument("--task", metavar="ID", help="only this task is crashed, retried and cleared")
    parser.add_argument(
        "--examples",
        type=_count,
        default=200,
        metavar="N",
        help="histories to draw for a DAG, beyond the ones that are always played; default: 200",
    )
    parser.add_argument("--seconds", type=float, default=8.0, metavar="S", help="time for a DAG, at most; default: 8")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the rows and of what is drawn; default: 0")
    parser.add_argument(
        "--execute", action="store_true", help="play Python tasks too, which RUNS the code of the DAG files in child processes"
    )
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play the history in this file again, and nothing else")
    parser.add_argument(
        "--save", type=Path, default=FOLDER, metavar="FOLDER", help=f"where histories that corrupt are stored; default: {FOLDER}"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_output(parser)
    add_quiet(parser)
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def run(options: argparse.Namespace) -> int:
    """Search or replay, tell, and return the exit status."""
    from dagcheck.engine.veil import OneLine
    from dagcheck.harness.text import as_text
    from dagcheck.model.visible import visible

    terminal: Terminal = options.terminal
    report = replay(options) if options.replay is not None else _search(options, terminal)
    if not report.dags and not report.errors:
        terminal.error("no DAG found")
        return 2
    saved = [] if options.replay is not None else store(report, options.save, terminal.behind)
    if options.format == "json":
        text = json.dumps(report.model_dump(mode="json"), indent=2, ensure_ascii=False)
    else:
        text = (
            ""
            if not report.dags
            else "\n".join(as_text(OneLine().whole(report), saved, terminal.paint if options.output is None else None))
        )
    if options.output is not None:
        from dagcheck.commands.writing import write_text

        write_text(options.output, terminal.behind(f"{text}\n"))
    elif text:
        terminal.write(text, "json" if options.format == "json" else "text")
    for error in report.errors:
        terminal.error(visible(error))
    return 1 if report.corrupts else 2 if report.errors else 0


def _search(options: argparse.Namespace, terminal: Terminal) -> Report:
    from dagcheck.commands.workspace import Workspace
    from dagcheck.harness.search import Budget

    workspace = Workspace(config_path=options.config, airflow=options.airflow)
    budget = Budget(options.examples, options.seconds)
    with progress(terminal) as advance:
        report = rerun_files(
            workspace,
            options.paths,
            budget,
            seed=options.seed,
            execute=options.execute,
            dag_id=options.dag,
            task_id=options.task,
            advance=advance,
        )
    terminal.behind = workspace.veil.text
    return report


def rerun_files(
    workspace: Workspace,
    paths: Sequence[Path],
    budget: Budget,
    *,
    seed: int = 0,
    execute: bool = False,
    dag_id: str | None = None,
    task_id: str | None = None,
    advance: Callable[[str], None] = lambda dag_id: None,
) -> Report:
    """Play the DAGs of files and folders. `advance` is called with the DAG's id after each history."""
    from dagcheck.harness.judge import judged
    from dagcheck.harness.verdict import Report

    errors: list[str] = []
    verdicts = []
    airflow = ""
    dag_ids: set[str] = set()
    task_ids: set[str] = set()
    tasks = None if task_id is None else frozenset({task_id})
    for dag, setting, veil in _dags(workspace, paths, errors):
        airflow = airflow or setting.airflow
        dag_ids.add(dag.dag_id)
        if dag_id is not None and dag.dag_id != dag_id:
            continue
        mine = {task.task_id for task in dag.tasks}
        task_ids |= mine
        if tasks is None or tasks <= mine:
            setting = _with(setting, seed, execute)
            verdicts.append(masked(judged(dag, setting, budget, tasks, partial(advance, dag.dag_id)), veil, executed=execute))
    if not verdicts and dag_ids:
        errors.append(_not_there("DAG", dag_id, dag_ids) if not task_ids else _not_there("task", task_id, task_ids))
    return Report(
        airflow=airflow or workspace.airflow(workspace.finder.configuration(workspace.base)), dags=tuple(verdicts), errors=tuple(errors)
    )


def _not_there(what: str, wanted: str | None, known: set[str]) -> str:
    """That nothing has the id that was asked for, with the nearest one that is there."""
    import difflib

    near = difflib.get_close_matches(str(wanted), sorted(known), n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there is {', '.join(sorted(known)[:8])}" + (", …" if len(known) > 8 else "")
    return f"no {what} is called {wanted!r} here{hint}"


def _with(setting: Setting, seed: int, execute: bool) -> Setting:
    return replace(setting, seed=seed, execute=execute)


def _dags(workspace: Workspace, paths: Sequence[Path], errors: list[str]) -> Iterator[tuple[Dag, Setting, Veil]]:
    """Every DAG with what it is played with and what hides the secrets of its file, in the order of the files."""
    from dagcheck.commands.workspace import each_file, in_time
    from dagcheck.engine.redact import secret_rules
    from dagcheck.harness.setting import Setting

    rules = secret_rules()
    found = workspace.discover(paths)
    errors += [f"{workspace.show(path)}: {message}" for path, message in found.failures]
    for scope in workspace.scopes(found.files):
        configuration = scope.configuration
        setting = Setting(
            base=workspace.base,
            airflow=scope.setting.airflow,
            settings=dict(scope.target.settings),
            variables=dict(configuration.variables),
            connections=dict(configuration.connections),
            folders=configuration.dag_folders,
            env=dict(configuration.env),
        )
        for path, sources in each_file(workspace, scope):
            file, veil = in_time(path, sources, scope, partial(_file_and_veil, path, sources, scope, rules))
            errors += [f"{file.path}:{error.line}: {veil.text(error.message)}" for error in file.errors if error.kind != "import"]
            roots = tuple(workspace.finder.roots(path, configuration))
            for dag in file.dags:
                yield dag, replace(setting, roots=roots), veil


def _file_and_veil(path: Path, sources: ProjectFiles, scope: Scope, rules: Sequence[Selected]) -> tuple[File, Veil]:
    """The model of a file, and what hides its secrets."""
    from dagcheck.engine.examine import extract_file
    from dagcheck.engine.redact import veil_of
    from dagcheck.engine.veil import Veil
    from dagcheck.rule import FileContext

    file = extract_file(path, sources, scope.target)
    return file, veil_of(file, FileContext(file, sources, scope.setting), rules, scope.target) if file.dags or file.errors else Veil()


def masked(verdict: DagVerdict, veil: Veil, *, executed: bool = False) -> DagVerdict:
    """The verdict without the secrets of its file; where user code was executed, also without what reads as a secret in its errors and in what it wrote."""
    hidden = type(verdict).model_validate(_masked(verdict.model_dump(), veil)) if veil else verdict
    return type(verdict).model_validate(_quoted(hidden.model_dump())) if executed else hidden


def _quoted(value: Any, name: str = "") -> Any:
    from dagcheck.engine.redact import careful

    if isinstance(value, dict):
        return {key: item if key in _IDS or key in ("path", "verdict", "replay") else _quoted(item, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_quoted(item, name) for item in value]
    return careful(value) if isinstance(value, str) and _SAYING.search(value) else value


_SAYING = late(r"[=:/@]|[\w\-+]{16,}|(?i:pass|secret|token|key|bearer)")
"""What a text has that may hold a secret."""


def _masked(value: Any, veil: Veil, name: str = "") -> Any:
    if isinstance(value, str):
        return value if name in ("path", "verdict") else veil.id(value) if name in _IDS else veil.text(value)
    if isinstance(value, dict):
        return {key: _masked(item, veil, key) for key, item in value.items()}
    return [_masked(item, veil, name) for item in value] if isinstance(value, list | tuple) else value


# -- replaying


def replay(options: argparse.Namespace) -> Report:
    """Play one stored history again.

    Raises:
        ReplayError: the file is no replay file, or its DAG is not there any more.
    """
    from dagcheck.commands.workspace import Workspace
    from dagcheck.harness.judge import replayed
    from dagcheck.harness.verdict import Report

    stored = _read(options.replay)
    workspace = Workspace(config_path=options.config, airflow=options.airflow or stored["airflow"])
    errors: list[str] = []
    for dag, setting, veil in _dags(workspace, options.paths or [Path(stored["path"])], errors):
        if veil.id(dag.dag_id) == stored["dag_id"]:
            setting = _with(setting, int(stored["seed"]), options.execute)
            history = _with_ids(stored["history"], {veil.id(task.task_id): task.task_id for task in dag.tasks})
            _fits(options, stored, history, {task.task_id for task in dag.tasks})
            return Report(
                airflow=setting.airflow,
                dags=(masked(replayed(dag, setting, history), veil, executed=options.execute),),
                errors=tuple(errors),
            )
    raise ReplayError(
        f"{options.replay}: there is no DAG {stored['dag_id']!r} in {stored['path']}" + "".join(f"; {error}" for error in errors)
    )


def _fits(options: argparse.Namespace, stored: dict[str, Any], history: History, tasks: set[str]) -> None:
    """See to it that the history can be played as it was.

    Raises:
        ReplayError: it cannot.
    """
    gone = sorted({str(task) for step in history.steps if (task := getattr(step, "task", None)) is not None} - tasks)
    if gone:
        raise ReplayError(
            f"{options.replay}: the history speaks of {', '.join(gone)}, which DAG {stored['dag_id']!r} has no more; search again without --replay"
        )
    if stored.get("execute") and not options.execute:
        raise ReplayError(f"{options.replay}: Python tasks were played in this history: add --execute, which runs the code of the DAG file")


def _with_ids(history: History, known: Mapping[str, str]) -> History:
    """The history of the tasks as they are called; a stored one has no id that holds a secret."""
    from dagcheck.harness.history import dumped, loaded

    stored = dumped(history)
    steps = [{**step, "task": known.get(step["task"], step["task"])} if step.get("task") is not None else step for step in stored["steps"]]
    return loaded({**stored, "steps": steps})


def _read(path: Path) -> dict[str, Any]:
    from dagcheck.config.releases import problem_with
    from dagcheck.harness.history import loaded

    try:
        stored = json.loads(witness.read_regular(path)[1].decode("utf-8"))
        stored["history"] = loaded(stored["history"])
        stored["path"], stored["dag_id"], stored["seed"], stored["airflow"] = (
            stored[name] for name in ("path", "dag_id", "seed", "airflow")
        )
        if problem := problem_with(stored["airflow"]):
            raise ValueError(problem)
    except OSError as error:
        raise ReplayError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ReplayError(f"{path}: is not a replay file of dagcheck rerun: {error}") from error
    return dict(stored)


def store(report: Report, folder: Path, behind: Callable[[str], str] = str) -> list[dict[str | None, Path]]:
    """Write the found histories, one file each, `behind` what hides secrets; returns for each DAG the files of its tasks' own and (None) of its own."""
    taken: set[str] = set()
    return [
        {task_id: _stored(found, folder, _file_name(dag, task_id, taken), behind) for task_id, found in _founds(dag).items()}
        for dag in report.dags
    ]


def _founds(dag: DagVerdict) -> dict[str | None, Found]:
    own: dict[str | None, Found] = {} if dag.found is None else {None: dag.found}
    return own | {task.task_id: task.found for task in dag.tasks if task.found is not None}


def _file_name(dag: DagVerdict, task_id: str | None, taken: set[str]) -> str:
    """A name that no other file of the report has: the ids, with the file's own name where several files have a DAG of that id."""
    ids = dag.dag_id if task_id is None else f"{dag.dag_id}.{task_id}"
    names = [ids, f"{ids}.{Path(dag.path).stem}", *(f"{ids}.{number}" for number in range(2, len(taken) + 3))]
    plain = ("".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)[:150] for name in names)
    name = next(name for name in plain if name.lower() not in taken)
    taken.add(name.lower())
    return name


def _stored(found: Found, folder: Path, name: str, behind: Callable[[str], str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(behind(json.dumps(found.replay, indent=2) + "\n"), encoding="utf-8")
    return path


# -- progress


@contextmanager
def progress(terminal: Terminal) -> Iterator[Callable[[str], None]]:
    """A line that counts histories, on a terminal; nothing elsewhere."""
    if terminal.quiet or not terminal.err.isatty():
        yield lambda dag_id: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns: Iterable[Any] = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed} histories"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(file=terminal.err), transient=True) as shown:
        bars: dict[str, Any] = {}

        def advance(dag_id: str) -> None:
            for other, bar in bars.items():
                if other != dag_id:
                    shown.update(bar, visible=False)
            if dag_id not in bars:
                bars[dag_id] = shown.add_task(dag_id, total=None)
            shown.advance(bars[dag_id])

        yield advance
