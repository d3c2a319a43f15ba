"""Why a schedule gives no runs: refused by Airflow, known only at run time, or failing while the next run is computed."""

from __future__ import annotations

from typing import Literal

Stage = Literal["construct", "validate", "serialize"]


class Refused(ValueError):
    """Airflow refuses the DAG because of its schedule or dates.

    `argument` is the argument of the DAG (or of a timetable) that is wrong; `field` the cron field by name, `value` the text in it, `nearest` a valid text that is
    closest to it, where these are known. `stage` says where Airflow notices.
    """

    def __init__(
        self,
        reason: str,
        *,
        stage: Stage = "construct",
        argument: str = "schedule",
        field: str | None = None,
        value: str | None = None,
        nearest: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason, self.stage, self.argument = reason, stage, argument
        self.field, self.value, self.nearest = field, value, nearest


class NotKnown(ValueError):
    """The schedule, or a date that it depends on, is known only when Airflow parses the file."""


class NoRun(ArithmeticError):
    """The next run can't be computed: real Airflow logs an exception here, and the DAG silently gets no run."""
