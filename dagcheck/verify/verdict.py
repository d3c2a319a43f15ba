"""The outcome of a comparison with a real Airflow, as data and as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from typing import Any

from dagcheck.engine.veil import Veil
from dagcheck.verify.compare import Difference, Loaded, Shown, compare_file

SHOWN_ITEMS = 4
VERSION = 1


@dataclass
class Verdict:
    """What was compared with which Airflow: DAGs that Airflow loaded, how many of ours we had called exact, differences, files that Airflow could not load."""

    airflow: str
    files: int = 0
    dags: int = 0
    exact: int = 0
    agreeing: int = 0
    differences: list[Difference] = field(default_factory=list)
    not_loaded: list[tuple[str, str]] = field(default_factory=list)

    @property
    def broken_promises(self) -> list[Difference]:
        """The differences in DAGs that we had called exact."""
        return [difference for difference in self.differences if difference.exact]


def judge(airflow: str, shown: Sequence[Shown], loaded: Sequence[Loaded]) -> Verdict:
    """Compare files, ours and Airflow's in the same order."""
    verdict = Verdict(airflow)
    for ours, airflows in zip(shown, loaded, strict=True):
        verdict.files += 1
        if airflows["errors"] and not airflows["dags"]:
            verdict.not_loaded.append((ours["path"], airflows["errors"][0]))
            continue
        differences = compare_file(ours, airflows)
        differing = {difference.dag_id for difference in differences}
        exact = {dag["dag_id"] for dag in ours["dags"] if dag["exact"]}
        verdict.dags += len(airflows["dags"])
        verdict.exact += len(exact)
        verdict.agreeing += len(exact - differing)
        verdict.differences += differences
    return verdict


def without_secrets(verdict: Verdict, veils: Mapping[str, Veil]) -> Verdict:
    """The verdict with what hides the secrets of each file, by its path, in front of what was said of that file."""
    return replace(
        verdict,
        differences=[veils[difference.path].whole(difference) for difference in verdict.differences],
        not_loaded=[(path, veils[path].text(error)) for path, error in verdict.not_loaded],
    )


def as_plain(verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON can say it."""
    return {
        "version": VERSION,
        "airflow": verdict.airflow,
        "files": verdict.files,
        "dags": verdict.dags,
        "exact": verdict.exact,
        "agreeing": verdict.agreeing,
        "differences": [asdict(difference) for difference in verdict.differences],
        "not_loaded": [{"path": path, "error": error} for path, error in verdict.not_loaded],
    }


def as_text(verdict: Verdict) -> Iterator[str]:
    """The verdict for people: what differs DAG by DAG, then what was looked at."""
    for (path, dag_id), group in groupby(verdict.differences, key=lambda difference: (difference.path, difference.dag_id)):
        differences = list(group)
        yield f"{path}: {dag_id}{'  (called exact)' if differences[0].exact else ''}"
        yield from (f"  {describe(difference)}" for difference in differences)
    for path, error in verdict.not_loaded:
        yield f"{path}: not compared, Airflow could not load it: {error}"
    yield (
        f"{verdict.files:,} files, {verdict.dags:,} DAGs loaded by Airflow {verdict.airflow}; "
        f"{verdict.agreeing:,} of the {verdict.exact:,} that we call exact agree"
    )


def describe(difference: Difference) -> str:
    """One difference on one line."""
    where = f"line {difference.line}: " if difference.line is not None else ""
    if difference.attribute == "dag":
        return f"{where}Airflow has no such DAG" if difference.airflows is None else "only Airflow has this DAG"
    if difference.attribute in ("tasks", "edges", "groups"):
        parts = [
            f"{side} {listed(items)}"
            for side, items in (("only ours:", difference.ours), ("only Airflow's:", difference.airflows))
            if items
        ]
        return f"{where}{difference.attribute}: {'; '.join(parts)}"
    task = f"task {difference.task_id}: " if difference.task_id is not None else ""
    return f"{where}{task}{difference.attribute} is {difference.ours!r}, Airflow has {difference.airflows!r}"


def listed(items: Sequence[Any]) -> str:
    """The first few of a list, and how many more there are."""
    texts = [item if isinstance(item, str) else " → ".join(str(part) for part in item if part is not None) for item in items[:SHOWN_ITEMS]]
    more = len(items) - SHOWN_ITEMS
    return ", ".join(texts) + (f" and {more:,} more" if more > 0 else "")
