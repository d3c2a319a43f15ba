"""What the evaluator knows of the standard library and of the libraries that DAG files compute with."""
