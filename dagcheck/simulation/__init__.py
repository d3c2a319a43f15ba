"""Previews: the runs that schedules give, what is remarkable about them, and the load of many DAGs together."""
