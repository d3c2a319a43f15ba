"""Finding secrets in the text of Python files: what a value fills, what it looks like, and what grammar it stands in. Shared by the secret rules alone."""
