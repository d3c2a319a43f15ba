"""Cycles, tasks that stand alone or can never run, branches, groups, setup and teardown."""
