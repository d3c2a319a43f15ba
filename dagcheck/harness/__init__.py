"""The rerun harness: histories, worlds, the search for a history that corrupts data."""
