"""The formats of a simulation."""

from __future__ import annotations

import datetime
import json

from dagcheck.simulation.model import Simulation
from dagcheck.simulation.text import Paint, render


def rendered(simulation: Simulation, form: str, paint: Paint, run_duration: datetime.timedelta | None) -> str:
    """The simulation in a format: `table`, `json`, `csv`, `ics` or `html`. `run_duration` is how long calendar entries last."""
    if form == "json":
        return json.dumps(simulation.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
    if form == "csv":
        from dagcheck.simulation.csv import as_csv

        return as_csv(simulation)
    if form == "ics":
        from dagcheck.simulation.ics import as_calendar

        return as_calendar(simulation, run_duration)
    if form == "html":
        from dagcheck.simulation.html import as_page

        return as_page(simulation)
    return "\n".join(render(simulation, paint)) + "\n"
