"""Policies of the configuration as rules."""

from dagcheck.engine.policies.rules import policy_rules

__all__ = ["policy_rules"]
