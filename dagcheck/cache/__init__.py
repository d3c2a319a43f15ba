"""Remembers what was found in unchanged files."""
