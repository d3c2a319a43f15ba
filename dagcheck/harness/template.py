"""Airflow's template context and macros, and rendering in a sandbox: what a templated field of a task says in a run.

Sources: the template reference and `airflow.sdk` macros of Airflow 3.3 and 2.11. Variables and connections are answered by stand-ins, and so told (`Rendering.stand_ins`).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagcheck.harness.history import Run
from dagcheck.harness.world import Situation
from dagcheck.model.values import FunctionRef
from dagcheck.source.text import SourceError, read_regular

if TYPE_CHECKING:
    import pendulum

MOVING = re.compile(r"\b(ti|task_instance|dag_run|prev_\w+_success|start_date|now|utcnow|today|random|uuid|uuid4|time)\b")
"""Names in a template that may make its text depend on more than the run."""


class Unrenderable(ValueError):
    """A template that cannot be rendered; `line` counts from 1 within its text."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


XComs = Callable[..., Any]
"""Pulls an XCom: task id (or ids), key, map index, whether that of an earlier run will do."""


@dataclass
class StandIn:
    """Answers for a value that only a running Airflow knows: its text is its own name, and so is every attribute's and item's."""

    name: str
    asked: set[str]
    label: str

    def __str__(self) -> str:
        self.asked.add(self.label)
        return self.name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(name, self.asked, f"{self.label}.{name}")

    def __getitem__(self, key: Any) -> StandIn:
        return StandIn(str(key), self.asked, f"{self.label}.{key}")

    def get(self, key: str, default: Any = None) -> Any:
        return default if default is not None else self[key]


@dataclass
class Answers:
    """Variables: the known ones, and stand-ins for the rest."""

    known: Mapping[str, Any]
    asked: set[str]
    label: str
    parse: bool = False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.get(name)

    def get(self, name: str, default: Any = None) -> Any:
        import json

        if name in self.known:
            value = self.known[name]
            return json.loads(value) if self.parse and isinstance(value, str) else value
        return default if default is not None else StandIn(name, self.asked, f"{self.label} {name}")


@dataclass(frozen=True)
class Rendering:
    """A rendered text, and whether it would be the same in every attempt of the run."""

    text: str
    moving: bool


@dataclass
class Templates:
    """Renders the templated fields of one DAG's tasks."""

    dag_id: str
    folders: tuple[Path, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    runs: Sequence[Run] = ()
    macros: Mapping[str, Any] = field(default_factory=dict)
    """The DAG's own macros, as the model has them: plain values are given, other values answered by their names, functions not given."""
    asked: set[str] = field(default_factory=set)
    """The Variables and connections that stand-ins answered for."""

    @cached_property
    def environment(self) -> Any:
        import jinja2

        from dagcheck.evaluate.jinja_bounds import bounded_environment

        environment = bounded_environment(mutable=True)(
            undefined=jinja2.StrictUndefined, loader=jinja2.FunctionLoader(self._text_of), keep_trailing_newline=False, cache_size=400
        )
        environment.filters.update(
            ds=lambda value: value.strftime("%Y-%m-%d"),
            ds_nodash=lambda value: value.strftime("%Y%m%d"),
            ts=lambda value: value.isoformat(),
            ts_nodash=lambda value: value.strftime("%Y%m%dT%H%M%S"),
            ts_nodash_with_tz=lambda value: value.isoformat().replace("-", "").replace(":", ""),
        )
        return environment

    def file(self, name: str) -> str:
        """The text of a template file.

        Raises:
            Unrenderable: none of the folders has it.
        """
        text = self._text_of(name)
        if text is not None:
            return text
        raise Unrenderable(f"the template file {name} was not found in {', '.join(str(folder) for folder in self.folders) or 'any folder'}")

    def _text_of(self, name: str) -> str | None:
        path = self.path_of(name)
        return None if path is None else read_regular(path).decode("utf-8", "replace")

    def path_of(self, name: str) -> Path | None:
        """Where a template file lies: below one of the folders, also with what its links lead to."""
        for folder in self.folders:
            path = folder / name
            if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
                return path
        return None

    def render(self, text: str, situation: Situation, xcoms: XComs, params: Mapping[str, Any]) -> Rendering:
        """Render a text for an attempt.

        Raises:
            Unrenderable: the template is broken, uses a name that Airflow does not give, or its macro fails.
        """
        import jinja2

        if "{" not in text:
            return Rendering(text, False)
        try:
            self.environment.begin()
            template = self.environment.from_string(text)
            return Rendering(template.render(self.context(situation, xcoms, params)), MOVING.search(text) is not None)
        except jinja2.UndefinedError as problem:
            raise Unrenderable(f"the template cannot be rendered: {problem.message}", _line_in(problem)) from None
        except jinja2.TemplateSyntaxError as problem:
            raise Unrenderable(f"the template does not parse: {problem.message}", problem.lineno) from None
        except jinja2.TemplateError as problem:
            raise Unrenderable(f"the template cannot be rendered: {problem}") from None
        except RecursionError:
            raise Unrenderable("the template cannot be rendered: it is nested too deeply, or calls itself") from None
        except (SourceError, TypeError, ValueError, AttributeError, KeyError, IndexError, ArithmeticError) as problem:
            raise Unrenderable(f"the template cannot be rendered: {type(problem).__name__}: {problem}", _line_in(problem)) from None

    def context(self, situation: Situation, xcoms: XComs, params: Mapping[str, Any]) -> dict[str, Any]:
        """The names that Airflow gives to a template in this attempt."""
        import pendulum

        run, instance = situation.run, situation.instance
        logical, start, end = (pendulum.instance(value) for value in (run.logical_date, run.start, run.end))
        dag_run = _Record(
            run_id=run.run_id, logical_date=logical, execution_date=logical, conf={}, data_interval_start=start, data_interval_end=end, run_type="scheduled",
            start_date=pendulum.instance(situation.clock), run_after=pendulum.instance(run.run_after), dag_id=self.dag_id, external_trigger=False,
        )  # fmt: skip
        task_instance = _Record(
            task_id=instance.task, dag_id=self.dag_id, run_id=run.run_id, try_number=situation.try_number, map_index=instance.index, dag_run=dag_run,
            start_date=pendulum.instance(situation.clock), execution_date=logical, logical_date=logical,
            xcom_pull=lambda task_ids=None, key="return_value", map_indexes=None, include_prior_dates=False, **_: xcoms(
                task_ids, key, map_indexes, include_prior_dates
            ),
        )  # fmt: skip
        return {
            **self._own_macros(),
            **_dates(logical, start, end, self.runs),
            **self._past(situation),
            "run_id": run.run_id,
            "dag_run": dag_run,
            "ti": task_instance,
            "task_instance": task_instance,
            "task": _Record(task_id=instance.task, dag_id=self.dag_id, owner="airflow"),
            "dag": _Record(dag_id=self.dag_id),
            "params": {**self.params, **params},
            "var": _Record(
                value=Answers(self.variables, self.asked, "Variable"), json=Answers(self.variables, self.asked, "Variable", parse=True)
            ),
            "conn": StandIn("conn", self.asked, "connection"),
            "macros": macros(situation),
            "task_instance_key_str": f"{self.dag_id}__{instance.task}__{logical.strftime('%Y%m%d')}",
            "test_mode": False,
            "inlets": [],
            "outlets": [],
            "conf": StandIn("conf", self.asked, "configuration"),
        }

    def _own_macros(self) -> dict[str, Any]:
        plain = (str, int, float, bool, list, tuple, dict, datetime.date, type(None))
        return {
            name: value if isinstance(value, plain) else StandIn(name, self.asked, f"macro {name}")
            for name, value in self.macros.items()
            if not isinstance(value, FunctionRef)
        }

    def _past(self, situation: Situation) -> dict[str, Any]:
        import pendulum

        last = situation.last_success
        values = (None, None, None) if last is None else (last.start, last.end, last.run_after)
        start, end, started = (None if value is None else pendulum.instance(value) for value in values)
        return {
            "prev_data_interval_start_success": start,
            "prev_data_interval_end_success": end,
            "prev_start_date_success": started,
            "prev_end_date_success": started,
        }


class _Record:
    """Named values, as attributes."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    def get_task_instance(self, task_id: str) -> _Record:
        return _Record(task_id=task_id)


def _line_in(problem: BaseException) -> int:
    """The line of the template in which an error was raised."""
    line, trace = 1, problem.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _dates(logical: pendulum.DateTime, start: pendulum.DateTime, end: pendulum.DateTime, runs: Sequence[Run]) -> dict[str, Any]:
    step = datetime.timedelta(days=1)
    if len(runs) > 1:
        step = runs[1].logical_date - runs[0].logical_date
    days = {
        "ds": logical,
        "yesterday_ds": logical.subtract(days=1),
        "tomorrow_ds": logical.add(days=1),
        "prev_ds": logical - step,
        "next_ds": logical + step,
    }
    return {
        **{name: value.strftime("%Y-%m-%d") for name, value in days.items()},
        **{f"{name}_nodash": value.strftime("%Y%m%d") for name, value in days.items()},
        "ts": logical.isoformat(),
        "ts_nodash": logical.strftime("%Y%m%dT%H%M%S"),
        "ts_nodash_with_tz": logical.isoformat().replace("-", "").replace(":", ""),
        "logical_date": logical,
        "execution_date": logical,
        "data_interval_start": start,
        "data_interval_end": end,
        "prev_execution_date": logical - step,
        "next_execution_date": logical + step,
        "prev_logical_date": logical - step,
    }


def macros(situation: Situation) -> _Record:
    """Airflow's `macros`: dates, and clock and chance as the harness rules them."""
    import json
    import random
    import uuid

    import dateutil

    rng = random.Random(situation.number)
    clock = situation.clock.astimezone(datetime.UTC)

    class Clocked(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]  # a plain datetime will do where the class is only read
            return clock.astimezone(tz) if tz is not None else clock.replace(tzinfo=None)

        @classmethod
        def utcnow(cls) -> datetime.datetime:  # type: ignore[override]  # as above
            return clock.replace(tzinfo=None)

        @classmethod
        def today(cls) -> datetime.datetime:  # type: ignore[override]  # as above
            return clock.replace(tzinfo=None)

    return _Record(
        ds_add=lambda ds, days: (datetime.datetime.strptime(str(ds), "%Y-%m-%d") + datetime.timedelta(days=days)).strftime("%Y-%m-%d"),
        ds_format=lambda ds, given, wanted: datetime.datetime.strptime(str(ds), given).strftime(wanted),
        ds_format_locale=lambda ds, given, wanted, *_: datetime.datetime.strptime(str(ds), given).strftime(wanted),
        datetime=Clocked,
        timedelta=datetime.timedelta,
        dateutil=dateutil,
        json=json,
        time=_Record(time=clock.timestamp, strftime=clock.strftime),
        uuid=_Record(
            uuid4=lambda: uuid.UUID(int=rng.getrandbits(128), version=4), uuid1=lambda: uuid.UUID(int=rng.getrandbits(128), version=1)
        ),
        random=rng.random,
        datetime_diff_for_humans=lambda value, since=None: str(value),
    )
