"""Plays the labelled set in fixtures/rerun and prints, for each DAG, the verdict that it deserves and the one that it gets.

Usage: python benchmarks/rerun_labels.py [--seeds 0,1,2] [--only PATTERN] [--examples N] [--seconds S]

A label is the comment behind the line of a DAG, and of a task where the task's own verdict matters: `# held`, `# corrupts`, or `# not played` where nothing can be
played and that has to be said. Exit status 1 when a verdict is wrong.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import dagcheck
from dagcheck.harness.judge import judged
from dagcheck.harness.search import Budget
from dagcheck.harness.setting import Setting
from dagcheck.harness.verdict import DagVerdict
from dagcheck.model.dag import Dag

FIXTURES = Path(__file__).parent.parent / "fixtures" / "rerun"
LABEL = re.compile(r"# (held|corrupts|not played)$")


def labelled(folder: Path = FIXTURES) -> Iterator[tuple[Dag, str, dict[str, str]]]:
    """Every DAG of the set with its label and those of its tasks: those of the folder itself first, then those of `more`."""
    for path in [*sorted(folder.glob("*.py")), *sorted(folder.glob("more/*.py"))]:
        lines = path.read_text(encoding="utf-8").splitlines()
        for file in dagcheck.show([path], config={}).files:
            if file.errors:
                raise ValueError(f"{path} cannot be read: {file.errors[0].message}")
            for dag in file.dags:
                label = LABEL.search(lines[dag.line - 1])
                if label is None:
                    raise ValueError(f"{path}:{dag.line}: {dag.dag_id} has no label")
                marks = {task.task_id: LABEL.search(lines[task.line - 1]) for task in dag.tasks if task.line != dag.line}
                yield dag, label[1], {task_id: mark[1] for task_id, mark in marks.items() if mark is not None}


def wrong(verdict: DagVerdict, label: str, tasks: dict[str, str]) -> list[str]:
    """What a verdict says other than its labels."""
    found = [] if verdict.verdict == label else [f"{verdict.dag_id} {verdict.verdict}" + (f" ({verdict.reason})" if verdict.reason else "")]
    return found + [f"{task.task_id} {task.verdict}" for task in verdict.tasks if tasks.get(task.task_id, task.verdict) != task.verdict]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--only", default="")
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=8.0)
    options = parser.parse_args()
    seeds = [int(seed) for seed in options.seeds.split(",")]
    count = bad = 0
    for dag, label, tasks in labelled():
        if not re.search(options.only, dag.dag_id):
            continue
        verdicts = [judged(dag, Setting(seed=seed, execute=True), Budget(options.examples, options.seconds)) for seed in seeds]
        problems = [problem for verdict in verdicts for problem in wrong(verdict, label, tasks)]
        count, bad = count + 1, bad + bool(problems)
        numbers = " ".join(f"{verdict.histories:4} in {verdict.seconds:4.1f} s" for verdict in verdicts)
        print(f"{'WRONG' if problems else 'right':6} {dag.dag_id:52} {label:9} {numbers}  {'; '.join(problems)}", flush=True)
    print(f"{count} DAGs, {len(seeds)} seeds: {count - bad} right, {bad} wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
