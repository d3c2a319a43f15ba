"""Work that is done each time Airflow parses the file."""
