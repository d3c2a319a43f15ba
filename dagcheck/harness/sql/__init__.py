"""SQL tasks, played with no user code: templates rendered, statements translated, rows made, effects executed in DuckDB."""
