"""Schedules as timetables, and timetables as runs: what Airflow would create, by version of Airflow.

`describe` says what Airflow makes of a schedule and of dates, `runs` gives the runs, `surprises` what people do not expect of them, `words` says a schedule in words.
"""
