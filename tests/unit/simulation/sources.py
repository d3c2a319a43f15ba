"""DAG files for the tests of previews."""

HEAD = """import pendulum
from datetime import datetime, timedelta
from airflow import DAG
from airflow.models import Variable
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
from airflow.sdk import Asset

"""

DAILY = (
    HEAD
    + """
with DAG("daily", schedule="30 2 * * *", start_date=pendulum.datetime(2026, 3, 20, tz="Europe/Berlin"), catchup=True) as dag:
    EmptyOperator(task_id="a", pool="db", pool_slots=3) >> EmptyOperator(task_id="b")
"""
)

SEVERAL = (
    HEAD
    + """
orders = Asset("s3://lake/orders")

def midnight(date):
    return date.replace(hour=0, minute=0)

with DAG("orders", schedule="0 2 * * *", start_date=pendulum.datetime(2026, 1, 1), catchup=True) as first:
    EmptyOperator(task_id="a", outlets=[orders], pool="db", pool_slots=5) >> EmptyOperator(task_id="b")

with DAG("report", schedule="0 2 * * 1-5", start_date=pendulum.datetime(2026, 1, 1)) as second:
    ExternalTaskSensor(task_id="right", external_dag_id="orders")
    ExternalTaskSensor(task_id="wrong", external_dag_id="orders", execution_delta=timedelta(minutes=7))
    ExternalTaskSensor(task_id="asked", external_dag_id="nightly", execution_date_fn=midnight)
    ExternalTaskSensor(task_id="away", external_dag_id="elsewhere")

with DAG("nightly", schedule="@daily", start_date=pendulum.datetime(2026, 1, 1)) as third:
    EmptyOperator(task_id="t")

with DAG("consumer", schedule=[orders]) as fourth:
    EmptyOperator(task_id="t")

with DAG("unknown", schedule=Variable.get("when"), start_date=pendulum.datetime(2026, 1, 1)) as fifth:
    EmptyOperator(task_id="t")

with DAG("refused", schedule="0 25 * * *", start_date=pendulum.datetime(2026, 1, 1)) as sixth:
    EmptyOperator(task_id="t")
"""
)

BOTH = """from datetime import datetime, timedelta
from airflow import DAG

dag = DAG("both", schedule=timedelta(days=1), start_date=datetime(2026, 3, 1))
"""

NOW = "2026-03-27T10:00:00Z"
