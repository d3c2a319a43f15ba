"""The rule API: all that a rule may use."""

from dagcheck.rule.context import FileContext, ProjectContext, Setting
from dagcheck.rule.finding import Edit, Finding, Fix, Related
from dagcheck.rule.rule import Bad, Good, Meta, Option, Rule

__all__ = ["Bad", "Edit", "FileContext", "Finding", "Fix", "Good", "Meta", "Option", "ProjectContext", "Related", "Rule", "Setting"]
