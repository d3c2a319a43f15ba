"""What could not be read or settled."""
