"""The formats of a simulation: each read by something that knows it."""

from __future__ import annotations

import csv
import datetime
import io
import json
from html.parser import HTMLParser
from typing import Any

import icalendar
import pytest

import dagcheck
from dagcheck.simulation.csv import HEAD
from dagcheck.simulation.formats import rendered
from dagcheck.simulation.heat import shade
from dagcheck.simulation.model import Simulation
from tests.unit.simulation.sources import DAILY, NOW, SEVERAL


def plain(text: str, *styles: str) -> str:
    return text


def simulated(source: str = SEVERAL, **wish: Any) -> Simulation:
    return dagcheck.simulate(source=source, path="dags/d.py", **{"now": NOW, "airflow": "3.3", "runs": 4, **wish})


def test_json_reads_back_as_the_same_simulation() -> None:
    found = simulated()
    assert Simulation.model_validate(json.loads(rendered(found, "json", plain, None))) == found


@pytest.mark.parametrize("duration", [None, datetime.timedelta(minutes=15)])
def test_the_calendar_is_read_by_a_calendar_library(duration: datetime.timedelta | None) -> None:
    found = simulated(airflow="3.3")
    text = rendered(found, "ics", plain, duration)
    calendar = icalendar.Calendar.from_ical(text)
    events = calendar.walk("VEVENT")
    runs = [(dag, run) for dag in found.dags for run in dag.runs]
    assert [(str(event["SUMMARY"]), event["DTSTART"].dt) for event in events] == [(dag.dag_id, run.run_after) for dag, run in runs]
    assert len({str(event["UID"]) for event in events}) == len(events)
    assert all(event.get("DURATION") is None if duration is None else event["DURATION"].dt == duration for event in events)
    assert all(not event.errors for event in events)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")


def test_a_long_note_survives_the_folding_of_calendar_lines() -> None:
    source = DAILY.replace("daily", "täglich_" + "x" * 90).replace("2026, 3, 20, ", "2026, 3, 29, ")
    event = icalendar.Calendar.from_ical(rendered(simulated(source), "ics", plain, None)).walk("VEVENT")[0]
    assert str(event["SUMMARY"]) == "täglich_" + "x" * 90
    assert "DST gap: 02:30 does not exist, the run comes at 03:30" in str(event["DESCRIPTION"])


def test_the_spreadsheet_has_a_line_for_each_run_and_for_each_dag_without_one() -> None:
    found = simulated()
    rows = list(csv.DictReader(io.StringIO(rendered(found, "csv", plain, None))))
    assert tuple(rows[0]) == HEAD
    assert [row["dag_id"] for row in rows] == [dag.dag_id for dag in found.dags for _ in dag.runs or (None,)]
    refused = next(row for row in rows if row["dag_id"] == "refused")
    assert "25 is outside" in refused["error"]
    first = rows[0]
    assert (first["run_after"], first["local_run_after"], first["timezone"]) == ("2026-01-01T02:00:00Z", "2026-01-01 02:00", "UTC")


def test_a_negative_offset_stays_a_number_and_a_formula_becomes_text() -> None:
    source = DAILY.replace('tz="Europe/Berlin"', 'tz="Etc/GMT+3"')
    row = next(csv.DictReader(io.StringIO(rendered(simulated(source), "csv", plain, None))))
    assert row["timezone"] == "Etc/GMT+3"
    evil = simulated().model_copy(update={"dags": tuple(dag.model_copy(update={"path": "=cmd()"}) for dag in simulated().dags)})
    assert next(csv.DictReader(io.StringIO(rendered(evil, "csv", plain, None))))["path"] == "'=cmd()"


class Page(HTMLParser):
    """Collects the tags, the text and every address of a page; fails on tags that do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_stands_alone_and_tells_everything() -> None:
    text = rendered(simulated(pools={"db": 4}), "html", plain, None)
    page = Page(text)
    words = " ".join(page.words)
    assert page.open == []
    assert page.addresses == []
    assert "http" not in text.replace("http://www.w3.org", "")
    assert page.tags.count("svg") == 4  # runs and tasks, for wide and for narrow screens
    for said in (
        "orders",
        "25 is outside of 0 to 23",
        "Variable 'when'",
        "too small",
        "report.wrong",
        "never",
        "prefers-color-scheme: dark",
    ):
        assert said in words


def test_the_page_takes_names_as_text() -> None:
    found = simulated()
    evil = found.model_copy(update={"dags": tuple(dag.model_copy(update={"dag_id": "<script>alert(1)</script>"}) for dag in found.dags)})
    text = rendered(evil, "html", plain, None)
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_the_table_answers_first_when_it_runs_next_and_for_which_data() -> None:
    lines = rendered(simulated(DAILY), "table", plain, None).splitlines()
    assert lines[0] == "daily  dags/d.py  Airflow 3.3"
    assert lines[1].startswith(
        "Next run: at once; 8 runs start as soon as the DAG is switched on, the first for the logical date 2026-03-20 02:30"
    )
    assert lines[1].endswith("then Sat 2026-03-28 02:30 CET (01:30 UTC), in 16 hours")
    settings = {"scheduler.create_cron_data_intervals": "True"}
    later = rendered(simulated(DAILY.replace("2026, 3, 20", "2026, 4, 1"), settings=settings), "table", plain, None).splitlines()
    assert (
        later[1]
        == "Next run: Thu 2026-04-02 02:30 CEST (00:30 UTC), in 6 days, for the data of Wed 2026-04-01 02:30 to Thu 2026-04-02 02:30"
    )


@pytest.mark.parametrize(
    ("schedule", "line"),
    [
        ("None", "Next run: never (nothing runs by time)"),
        ('[Asset("a")]', "Next run: when its assets are updated"),
        ('"0 25 * * *"', "refused: "),
        ('Variable.get("x")', "not known: "),
        ('"0 0 30 2 *"', "no runs: Airflow fails to compute the first run"),
    ],
)
def test_the_table_says_why_nothing_runs(schedule: str, line: str) -> None:
    assert line in rendered(simulated(DAILY.replace('"30 2 * * *"', schedule)), "table", plain, None)


def test_the_table_tells_the_backlog_and_how_long_it_takes() -> None:
    source = DAILY.replace("2026, 3, 20", "2025, 3, 20")
    text = rendered(simulated(source, run_duration=datetime.timedelta(minutes=30)), "table", plain, None)
    assert "373 runs are due, 16 of them at a time: at 30 minutes a run that takes about 12 hours" in text
    slow = rendered(simulated(source, run_duration=datetime.timedelta(days=20)), "table", plain, None)
    assert "never worked off" in slow


def test_many_dags_are_one_line_each_with_a_heat_map() -> None:
    lines = rendered(simulated(), "table", plain, None).splitlines()
    assert [line.split()[0] for line in lines[:7]] == ["DAG", "orders", "report", "nightly", "consumer", "unknown", "refused"]
    text = "\n".join(lines)
    assert "Load of 6 DAGs from 2026-03-27 10:00 to 2026-04-03 10:00 UTC: 19 runs, 41 tasks" in text
    assert "  Mon ▒▒    ██" in text
    assert "report.wrong → orders: never" in text
    assert "consumer: s3://lake/orders from orders" in text


def test_colours_are_asked_for_by_name() -> None:
    styles: set[str] = set()

    def paint(text: str, *names: str) -> str:
        styles.update(names)
        return text

    rendered(simulated(), "table", paint, None)
    assert styles <= {"bold", "dim", "red", "green", "yellow", "cyan", "blue"}
    assert "bold" in styles


@pytest.mark.parametrize(("count", "step"), [(0, 0), (1, 1), (50, 3), (100, 5)])
def test_shades_grow_with_the_count(count: int, step: int) -> None:
    assert shade(count, 100, 6) == step
