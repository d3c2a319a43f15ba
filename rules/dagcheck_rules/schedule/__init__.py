"""Schedules, catchup, start dates, time zones."""
