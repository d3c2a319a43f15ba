"""DAG4xx: secrets in the source, injection, unsafe settings."""
