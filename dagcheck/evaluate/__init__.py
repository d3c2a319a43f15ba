"""Abstract interpretation of Python: statements and expressions become values, or an Unknown that says why."""
