"""All DAGs of a repository as one graph."""
