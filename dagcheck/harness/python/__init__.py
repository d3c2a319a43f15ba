"""Python tasks, played in child processes that are closed off: own folder, own clock, no network, limited time and memory."""
