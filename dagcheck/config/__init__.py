"""Configuration: where it is found, what it may say, what is in force for a path."""
