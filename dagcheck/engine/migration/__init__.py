"""Ruff's `AIR` rules, run beside ours and told in the same report."""

from dagcheck.engine.migration.known import air_rules, applicable
from dagcheck.engine.migration.same import without_twins

__all__ = ["air_rules", "applicable", "without_twins"]
