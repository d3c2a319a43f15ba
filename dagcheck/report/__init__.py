"""Findings in the formats that teams read."""
