from __future__ import annotations

from dagcheck.rule import Bad, Good, Meta
from dagcheck_rules.security._detection.report import _SecretRule
from dagcheck_rules.security._detection.samples import machine_made, private_key, split


class PrivateKeyInSource(_SecretRule):
    """A private key, service-account file or kubeconfig is part of the source.

    Such a key stands for a whole identity, seldom expires, and works from anywhere. Certificates and public keys are meant to be shown and are left alone.
    """

    meta = Meta(code="DAG403", name="private-key-in-source", severity="error", since="0.1", secret=True)
    consequence = "whoever reads the repository can act as its owner"
    advice = "Store it in the connection's extra, the secrets backend or a mounted secret, and revoke this key."
    bad = (
        Bad(
            title="A key for SSH",
            source=f'''
from airflow import DAG
from airflow.operators.python import PythonOperator

SSH_KEY = "{private_key()}"  # DAG403

with DAG("sftp", schedule=None):
    PythonOperator(task_id="upload", python_callable=print, op_args=[SSH_KEY])
''',
        ),
        Bad(
            title="A service-account file as a dictionary in a task",
            source=f'''
from airflow.decorators import dag, task

@dag(schedule=None)
def export():
    @task
    def push():
        info = {{
            "type": "service_account",
            "client_email": "etl@acme.iam.gserviceaccount.com",
            "private_key": "{private_key()}",  # DAG403
        }}
        return info["client_email"]

    push()

export()
''',
        ),
        Bad(
            title="A kubeconfig in a string",
            source=f"""
from airflow import DAG
from airflow.utils.task_group import TaskGroup

KUBECONFIG = (
    "apiVersion: v1\\nkind: Config\\nusers:\\n- name: etl\\n  user:\\n"
    "    token: {split(machine_made(40))}\\n"  # DAG403
)

with DAG("pods", schedule=None):
    TaskGroup("clusters")
""",
        ),
    )
    good = (
        Good(
            title="A path to a key",
            source="""
from airflow import DAG
from airflow.providers.ssh.hooks.ssh import SSHHook

PRIVATE_KEY_PATH = "/opt/airflow/keys/id_rsa"

with DAG("sftp", schedule=None):
    hook = SSHHook(ssh_conn_id="bastion", key_file=PRIVATE_KEY_PATH)
""",
        ),
        Good(
            title="A certificate and the pattern of a key",
            source=f'''
import re
from airflow.decorators import dag, task

CERTIFICATE = "{"-" * 5}BEGIN CERTIFICATE{"-" * 5}\\n{machine_made(64)}\\n{"-" * 5}END CERTIFICATE{"-" * 5}"
KEY = re.compile(r"{"-" * 5}BEGIN [A-Z ]*PRIVATE KEY{"-" * 5}")

@dag(schedule=None)
def scan():
    @task
    def search(text):
        return bool(KEY.search(text))

    search("")

scan()
''',
        ),
        Good(
            title="A key that is asked for at run time, for each of several targets",
            source="""
from airflow import DAG
from airflow.models import Variable
from airflow.operators.python import PythonOperator

def upload(target):
    return Variable.get(f"{target}_private_key")

with DAG("sftp", schedule=None):
    for target in ("bank", "partner"):
        PythonOperator(task_id=f"upload_{target}", python_callable=upload, op_args=[target])
""",
        ),
    )
