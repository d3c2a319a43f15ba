"""Rules that tell some of their findings with another severity than their own."""

from __future__ import annotations

import pytest

import dagcheck

HEAD = "from datetime import timedelta\n\nimport pendulum\n\nfrom airflow.sdk import DAG, task, setup, teardown\n\n\n@task\ndef load():\n    pass\n\n\n"
EVERY = HEAD + "with DAG('sales', schedule=timedelta({every}), start_date=pendulum.datetime(2025, 1, 6, {at})):\n    load()\n"
TEARDOWN = HEAD + "@teardown\ndef drop():\n    pass\n\n\nwith DAG('sales', schedule=None):\n    {edges}\n"


@pytest.mark.parametrize(
    ("source", "code", "severity"),
    [
        (EVERY.format(every="days=1", at="0"), "DAG317", "info"),
        (EVERY.format(every="hours=4", at="0, tz='Europe/Oslo'"), "DAG317", "info"),
        (EVERY.format(every="days=1", at="6"), "DAG317", "warning"),
        (EVERY.format(every="days=7", at="0"), "DAG317", "warning"),
        (TEARDOWN.format(edges="load() >> drop()"), "DAG112", "info"),
        (TEARDOWN.format(edges="load().as_setup() >> load() >> drop()"), "DAG112", "warning"),
    ],
)
def test_a_finding_is_as_grave_as_what_it_tells(source: str, code: str, severity: str) -> None:
    (finding,) = dagcheck.check(source=source, path="dags/sales.py", select=[code]).findings
    assert (finding.code, finding.severity) == (code, severity)


def test_of_findings_in_one_place_the_gravest_is_told() -> None:
    days = "for days in (1, 7, 1):\n    with DAG(f'sales_{days}', schedule=timedelta(days=days), start_date=pendulum.datetime(2025, 1, 6)):\n        load()\n"
    (finding,) = dagcheck.check(source=HEAD + days, path="dags/sales.py", select=["DAG317"]).findings
    assert (finding.severity, finding.dag_id) == ("warning", "sales_7")
    assert "sales_1" in finding.message
