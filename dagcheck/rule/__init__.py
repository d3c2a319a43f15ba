"""The rule API: all that a rule may use."""

from dagcheck.rule.finding import Edit, Finding, Fix, Related
from dagcheck.rule.rule import Bad, Good, Meta, Rule

__all__ = ["Bad", "Edit", "Finding", "Fix", "Good", "Meta", "Related", "Rule"]
