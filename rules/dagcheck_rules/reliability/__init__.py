"""Retries, timeouts, sensors, pools, notifications."""
