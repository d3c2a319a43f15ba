"""What DAGs have to do with each other, as text: changes by version, waiting sensors, asset consumers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from dagcheck.simulation.model import Consumer, Simulation, Upgrade, Waiting
from dagcheck.simulation.times import local, zone_named

_STYLES = {"matched": "green", "partly": "yellow", "never": "red", "unknown": "yellow"}


class Paint(Protocol):
    """Colours a text with named styles, or leaves it alone."""

    def __call__(self, text: str, *styles: str) -> str: ...


def together_lines(simulation: Simulation, paint: Paint) -> Iterator[str]:
    """The lines on upgrades, waits and consumers."""
    for upgrade in simulation.upgrades:
        yield from _upgrade(upgrade, paint)
    if simulation.waits:
        yield from ["", paint("Sensors that wait for other DAGs", "bold")]
        for waiting in simulation.waits:
            yield from _waiting(waiting, paint)
    if simulation.consumers:
        yield from ["", paint("DAGs that run when assets are updated", "bold")]
        for consumer in simulation.consumers:
            yield from _consumer(consumer)


def _upgrade(upgrade: Upgrade, paint: Paint) -> Iterator[str]:
    yield ""
    yield paint(f"{upgrade.dag_id}: what changes from Airflow {upgrade.before} to {upgrade.after}", "bold")
    if not upgrade.changes:
        yield "  nothing: the same runs"
    names = max((len(change.what) for change in upgrade.changes), default=0)
    values = min(60, max((len(change.before or "none") for change in upgrade.changes), default=0))
    for change in upgrade.changes:
        yield f"  {change.what.ljust(names)}  {(change.before or 'none').ljust(values)}  →  {change.after or 'none'}"


def _waiting(waiting: Waiting, paint: Paint) -> Iterator[str]:
    verdict = paint(waiting.verdict, _STYLES[waiting.verdict], "bold")
    yield f"  {waiting.dag_id}.{waiting.task_id} → {waiting.waits_for or 'unknown'}: {verdict}, {waiting.reason}"
    utc = zone_named("UTC")
    for run, wanted in waiting.examples[:2]:
        yield f"    the run of {local(run, utc)} waits for {local(wanted, utc)} UTC"


def _consumer(consumer: Consumer) -> Iterator[str]:
    made = "; ".join(f"{asset} from {', '.join(dags)}" for asset, dags in consumer.producers.items()) or "nothing here produces its assets"
    missing = f"; nothing here produces {', '.join(consumer.missing)}" if consumer.missing and consumer.producers else ""
    yield f"  {consumer.dag_id}: {made}{missing}"
    for run in consumer.runs[:5]:
        yield f"    after {local(run.after, zone_named('UTC'))} UTC, by {', '.join(run.producers)}"
    if len(consumer.runs) > 5:
        yield f"    … {len(consumer.runs)} runs in all over the simulated span"
