"""Which values of a function come from outside: from whoever triggers a run, from other tasks, from stores of secrets. Shared by the injection and logging rules alone."""
