"""Schedules as timetables, and timetables as runs: what Airflow would create, by version of Airflow."""
