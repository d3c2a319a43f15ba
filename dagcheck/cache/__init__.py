"""What earlier runs found, kept beside the project: the answer of a whole run, and of each file. Nothing that is read from here is ever executed."""
