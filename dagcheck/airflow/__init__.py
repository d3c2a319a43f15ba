"""What the names of Airflow's API mean to the evaluator, by version of Airflow."""
