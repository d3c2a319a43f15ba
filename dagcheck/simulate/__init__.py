"""Previews of the runs that a schedule gives, and of the load that many schedules give together."""
