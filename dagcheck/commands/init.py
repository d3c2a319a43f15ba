"""`dagcheck init`: a fitting configuration, pre-commit entry and CI job for the repository it stands in, shown first."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagcheck.commands.arguments import add_quiet

if TYPE_CHECKING:
    from dagcheck.commands.proposals import Proposal
    from dagcheck.commands.repository import Repository
    from dagcheck.report.terminal import Terminal


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """The options of `init`."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "init",
        help="write the configuration, the pre-commit entry and a CI job",
        description="Look at the repository, show what would be written into it (configuration, pre-commit entry, CI job), and write it when told to.",
    )
    parser.add_argument("--yes", action="store_true", help="write without asking")
    parser.add_argument("--ci", choices=("github", "gitlab", "none"), help="the service that gets a job; default: as the repository looks")
    parser.add_argument("--baseline", action="store_true", help="also take today's findings as known, so that only new ones count")
    add_quiet(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Show and write; the exit status is 2 where something has to be done by hand."""
    from dagcheck.commands.proposals import propose
    from dagcheck.commands.repository import look_at

    terminal: Terminal = options.terminal
    repository = look_at(_root())
    terminal.note(_seen(repository))
    ci = repository.ci if options.ci is None else (options.ci,)
    proposals = list(propose(repository, ci=ci, baseline=options.baseline))
    for proposal in proposals:
        for line in _shown(proposal, repository.root):
            terminal.write(line)
    by_hand = [proposal for proposal in proposals if proposal.text is None]
    writable = [proposal for proposal in proposals if proposal.text is not None]
    if not writable and not options.baseline:
        terminal.note("There is nothing to write." if not by_hand else "What is shown has to be added by hand.")
        return 2 if by_hand else 0
    if not _may_write(options, terminal):
        terminal.note("Nothing was written; `dagcheck init --yes` writes it.")
        return 0
    _write(writable)
    terminal.note(f"Written: {', '.join(proposal.path.relative_to(repository.root).as_posix() for proposal in writable) or 'nothing'}.")
    if options.baseline:
        _write_baseline(repository, terminal)
    return 2 if by_hand else 0


def _root() -> Path:
    """The root of the repository that the working directory is in, else the working directory."""
    from dagcheck.config.find import Finder

    here = Path.cwd()
    return Finder(here).repository(here) or here


def _seen(repository: Repository) -> str:
    dags = f"DAGs in {', '.join(repository.dags)}" if repository.dags else "no DAG files"
    airflow = (
        f"Airflow {repository.airflow} ({repository.airflow_from})" if repository.airflow else "no Airflow version, so the newest counts"
    )
    configured = f"; configured already by {repository.configured}" if repository.configured else ""
    return f"Found {dags}, {airflow}{configured}."


def _shown(proposal: Proposal, root: Path) -> Iterator[str]:
    name = proposal.path.relative_to(root).as_posix()
    if proposal.text is None:
        yield f"{name}: {proposal.note}"
        return
    before = (proposal.before or "").splitlines()
    old = f"a/{name}" if proposal.before is not None else "/dev/null"
    yield from difflib.unified_diff(before, proposal.text.splitlines(), old, f"b/{name}", lineterm="")


def _may_write(options: argparse.Namespace, terminal: Terminal) -> bool:
    if options.yes:
        return True
    if not sys.stdin.isatty():
        return False
    terminal.err.write("Write this? [y/N] ")
    terminal.err.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _write(proposals: Sequence[Proposal]) -> None:
    from dagcheck.commands.writing import write_bytes

    for proposal in proposals:
        proposal.path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes({proposal.path: proposal.text.encode() for proposal in proposals if proposal.text is not None})


def _write_baseline(repository: Repository, terminal: Terminal) -> None:
    from dagcheck.commands.baselines import write_baseline
    from dagcheck.commands.choosing import Choice
    from dagcheck.commands.judging import judge
    from dagcheck.commands.proposals import BASELINE
    from dagcheck.commands.workspace import Workspace

    workspace = Workspace(base=repository.root)
    configuration = workspace.finder.configuration(repository.root)
    path = configuration.folder / (configuration.baseline or BASELINE)
    outcome = judge(workspace, [], Choice(), need_dags=False)
    count = write_baseline(workspace, path, outcome)
    terminal.note(f"{count:,} {'finding is' if count == 1 else 'findings are'} known from now on, in {workspace.show(path)}.")
