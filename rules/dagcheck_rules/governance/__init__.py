"""Ownership, tags, documentation, naming."""
