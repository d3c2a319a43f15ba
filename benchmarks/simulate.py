"""How fast `dagcheck simulate` is: previewed runs a CPU second, and the load picture of a year.

Usage: python benchmarks/simulate.py [--dags 500] [--airflow]

`--airflow` measures the real timetables beside it, where tests/oracle/environments.py has made their environments.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import dagcheck

sys.path.insert(0, str(Path(__file__).parents[1]))

SOURCE = """import pendulum
from airflow import DAG
with DAG("d", schedule="30 6 * * 1-5", start_date=pendulum.datetime(2015, 1, 1, tz="Europe/Berlin"), catchup=True) as dag:
    pass
"""
CRONS = (
    "0 0 * * *",
    "15 2 * * *",
    "0 6 * * 1-5",
    "0 * * * *",
    "30 */4 * * *",
    "*/15 8-18 * * *",
    "0 3 1 * *",
    "0 4 * * 0",
    "*/5 * * * *",
    "45 5 * * 2,4",
)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")

REAL = """
import datetime, sys, time, logging, pendulum
logging.disable(logging.CRITICAL)
from airflow.timetables.base import TimeRestriction
if sys.argv[1].startswith("3"):
    from airflow.timetables.trigger import CronTriggerTimetable as Timetable
else:
    from airflow.timetables.interval import CronDataIntervalTimetable as Timetable
timetable = Timetable("30 6 * * 1-5", timezone=pendulum.timezone("Europe/Berlin"))
restriction = TimeRestriction(pendulum.datetime(2015, 1, 1, tz="Europe/Berlin"), None, True)
best = 0
for _ in range(3):
    last, begin = None, time.process_time()
    for _ in range(1000):
        last = timetable.next_dagrun_info(last_automated_data_interval=last and last.data_interval, restriction=restriction)
    best = max(best, 1000 / (time.process_time() - begin))
print(best)
"""


def best_of(times: int, work: Callable[[], object]) -> float:
    """The least CPU seconds that a piece of work took."""
    found = []
    for _ in range(times):
        begin = time.process_time()
        work()
        found.append(time.process_time() - begin)
    return min(found)


def real_rate(version: str) -> float | None:
    """Runs a CPU second of the real timetable; None without its environment."""
    from tests.oracle.environments import python_of, variables_of

    python = python_of(version)
    if python is None:
        return None
    run = subprocess.run([python, "-c", REAL, version], env=variables_of(version), capture_output=True, text=True, check=True)
    return float(run.stdout.split()[-1])


def preview_rates(with_airflow: bool) -> None:
    """From the text of one file to 1,000 runs, in process."""
    for version, release in (("3.3", "3.3.2"), ("2.11", "2.11.2")):
        seconds = best_of(
            7, lambda version=version: dagcheck.simulate(source=SOURCE, airflow=version, runs=1000, now="2026-01-01T00:00:00Z")
        )
        line = f"Airflow {version}: {1000 / seconds:,.0f} runs a CPU second, from the source to the answer"
        real = real_rate(release) if with_airflow else None
        print(line + (f"; the real {release}: {real:,.0f}, so {1000 / seconds / real:.0f} times as many" if real else ""))


def load_of_a_year(dags: int) -> None:
    """The load picture of a year of many DAGs, one file each."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(dags):
            tasks = "\n".join(f"    EmptyOperator(task_id='t{task}')" for task in range(chance.randint(1, 12)))
            schedule = f"schedule={chance.choice(CRONS)!r}, start_date=pendulum.datetime(2024, 1, 1, tz={chance.choice(ZONES)!r}), catchup={chance.random() < 0.5}"
            head = "import pendulum\nfrom airflow.sdk import DAG\nfrom airflow.providers.standard.operators.empty import EmptyOperator\n"
            Path(folder, f"dag_{number}.py").write_text(f"{head}with DAG('dag_{number}', {schedule}) as dag:\n{tasks}\n")
        begin, cpu = time.perf_counter(), time.process_time()
        found = dagcheck.simulate(
            [folder],
            airflow="3.3",
            start="2026-01-01T00:00:00Z",
            end="2027-01-01T00:00:00Z",
            now="2026-01-01T00:00:00Z",
            runs=10,
            config={},
        )
        assert found.load is not None
        print(
            f"a year of {dags} DAGs: {found.load.total_runs:,} runs in {time.perf_counter() - begin:.1f} s ({time.process_time() - cpu:.1f} s CPU)"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dags", type=int, default=500)
    parser.add_argument("--airflow", action="store_true")
    options = parser.parse_args()
    preview_rates(options.airflow)
    load_of_a_year(options.dags)


if __name__ == "__main__":
    main()
