"""Compares what we extract with what a real Airflow loads."""
