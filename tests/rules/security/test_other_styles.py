"""Rules on injection, output and settings hold in other styles than their examples show."""

from __future__ import annotations

import pytest

from dagcheck.rule import Rule
from dagcheck_rules.security.excessive_privileges import ExcessivePrivileges
from dagcheck_rules.security.secret_in_output import SecretInOutput
from dagcheck_rules.security.shell_injection import ShellInjection
from dagcheck_rules.security.sql_injection import SqlInjection
from dagcheck_rules.security.unprotected_transport import UnprotectedTransport
from dagcheck_rules.security.unsafe_evaluation import UnsafeEvaluation
from tests.rules.security.examining import findings

IMPORTS = "import aiohttp, ast, jwt, logging, os, pickle, requests, shlex, ssl, subprocess, yaml\n"
BAD: dict[type[Rule], list[str]] = {
    ShellInjection: [
        """KubernetesPodOperator(task_id="x", cmds=["bash", "-c"], arguments=["echo {{ params.name }}"])""",
        """KubernetesPodOperator(task_id="x", cmds=["sh", "-cx", "echo {{ dag_run.conf['a'] }}"])""",
        """spec = {"command": ["/bin/sh", "-c"], "args": ["echo {{ params.a }}"]}""",
        """
def f(**context):
    ssh.exec_command(f"rm {context['params']['x']}")""",
        """
@task
def f():
    ctx = get_current_context()
    os.system("ls " + ctx["dag_run"].conf["p"])""",
        """
def f(dag_run=None):
    SubprocessHook().run_command(["bash", "-c", f"echo {dag_run.conf.get('x')}"])""",
        '''
@task.bash
def f(**kwargs):
    x = kwargs["params"].get("x")
    return f"echo {x}"''',
        """BashSensor(task_id="x", bash_command="test -f {{ dag_run.conf.file }}")""",
        """t = DockerOperator(task_id="x", command="bash -c 'echo {{ params.x }}'")""",
        """
def f(params):
    subprocess.check_output("ls %s" % params["d"], shell=True)""",
        """CMD = "echo {msg}".format(msg="{{ params.msg }}")
b = BashOperator(task_id="x", bash_command=CMD)""",
    ],
    SqlInjection: [
        """SQLExecuteQueryOperator(task_id="x", sql="SELECT * FROM t WHERE c = '{{ params.c }}'")""",
        """SQLExecuteQueryOperator(task_id="x", sql="DELETE FROM {{ dag_run.conf['t'] }}")""",
        """SQLExecuteQueryOperator(task_id="x", sql="INSERT INTO t VALUES ('{{ ti.xcom_pull(task_ids='a') }}')")""",
        """
@task
def f(name):
    hook.run(sql=f"DELETE FROM t WHERE n = '{name}'")""",
        """
def f(**kwargs):
    t = kwargs["dag_run"].conf["table"]
    cursor.execute("DROP TABLE " + t)""",
        """
def f(ti):
    for row in hook.get_records("select id, n from t"):
        hook.run("UPDATE t SET n = '{}' WHERE id = {}".format(row[1], row[0]))""",
        """
@task
def f(user):
    df = pd.read_sql("SELECT * FROM t WHERE u = '%s'" % user, engine)""",
    ],
    UnsafeEvaluation: [
        """eval(x)""",
        """exec(open("a.py").read())""",
        """x = pickle.load(open("a.pkl", "rb"))""",
        """from yaml import load
x = load(f)""",
        """x = yaml.load(f, Loader=yaml.FullLoader)""",
        """import yaml as y
x = y.load(f)""",
        """import numpy as np
x = np.load("a.npy", allow_pickle=True)""",
        """
@task
def f(path):
    os.system(f"rm {path}")""",
    ],
    UnprotectedTransport: [
        """ssl._create_default_https_context = ssl._create_unverified_context""",
        """s.verify = False""",
        """hook.run("e", extra_options={"verify": False})""",
        """c = Connection(conn_id="x", extra='{"verify": false}')""",
        '''os.environ["PYTHONHTTPSVERIFY"] = "0"''',
        """BashOperator(task_id="x", bash_command="curl -k https://x.com", env={"NODE_TLS_REJECT_UNAUTHORIZED": "0"})""",
        """requests.post("http://api.example.com/login", json={"user": "u", "password": pw})""",
        """c = Connection(conn_id="a", host="http://api.example.com", login="u", password=pw)""",
        '''url = "http://{{ conn.x.login }}:{{ conn.x.password }}@files.example.com/x"''',
        """es = Elasticsearch(verify_certs=False)""",
        """conn = aiohttp.TCPConnector(ssl=False)""",
        """BashOperator(task_id="x", bash_command="wget --no-check-certificate https://x.com/a")""",
    ],
    ExcessivePrivileges: [
        """k = KubernetesPodOperator(task_id="x", hostnetwork=True)""",
        """d = DockerOperator(task_id="x", privileged=True)""",
        """d = DockerOperator(task_id="x", volumes=["/var/run/docker.sock:/var/run/docker.sock"])""",
        """client.containers.run("x", volumes={"/var/run/docker.sock": {"bind": "/x"}})""",
        '''POD = """
apiVersion: v1
kind: Pod
spec:
  hostNetwork: true
  containers:
  - name: a
    securityContext:
      privileged: true
"""''',
        """v = k8s.V1Volume(name="x", host_path=k8s.V1HostPathVolumeSource(path="/etc"))""",
        """x = {"volumes": [{"name": "a", "hostPath": {"path": "/x"}}]}""",
        """BashOperator(task_id="x", bash_command="docker run -v /:/host alpine ls")""",
        """p = k8s.V1PodSpec(containers=[], host_pid=True)""",
        """c = k8s.V1Capabilities(add=["SYS_ADMIN"])""",
        """@task.docker(image="x", privileged=True)
def f(): pass""",
    ],
    SecretInOutput: [
        """
@task
def f():
    return BaseHook.get_connection("x").password""",
        """
def f():
    c = BaseHook.get_connection("x")
    logging.info("uri %s", c.get_uri())""",
        """
def f(ti):
    ti.xcom_push(key="t", value=Variable.get("api_token"))""",
        """
pw = os.environ["DB_PASSWORD"]
print("pw=" + pw)""",
        '''dag.doc_md = f"Login with {Variable.get('crm_password')}"''',
        """BashOperator(task_id="x", bash_command="echo {{ var.value.api_token }}")""",
        """
@task
def f():
    secret = SecretsManagerHook().get_secret("x")
    print(secret)""",
        """
def f():
    token = os.getenv("API_TOKEN")
    log.debug("headers: %s", {"Authorization": f"Bearer {token}"})""",
    ],
}
GOOD: dict[type[Rule], list[str]] = {
    ShellInjection: [
        """BashOperator(task_id="x", bash_command="echo $A", env={"A": "{{ params.a }}"})""",
        """BashOperator(task_id="x", bash_command="load.sh {{ ds }} {{ run_id }} {{ params.n | int }}")""",
        """KubernetesPodOperator(task_id="x", cmds=["python", "x.py"], arguments=["{{ params.name }}"])""",
        """KubernetesPodOperator(task_id="x", arguments=["--name", "{{ dag_run.conf['name'] }}"])""",
        """DAG("x", params={"d": Param("a", enum=["a", "b"])}); BashOperator(task_id="x", bash_command="ls {{ params.d }}")""",
        """\ndef f(**context):\n    subprocess.run(["ls", context["params"]["d"]])""",
        """\ndef f(params):\n    os.system("ls " + shlex.quote(params["d"]))""",
    ],
    SqlInjection: [
        """SQLExecuteQueryOperator(task_id="x", sql="SELECT * FROM {{ params.table }} WHERE d = '{{ ds }}'")""",
        """SQLExecuteQueryOperator(task_id="x", sql="SELECT * FROM t WHERE c = %(c)s", parameters={"c": "{{ params.c }}"})""",
        """\n@task\ndef f(table, n: int, ds=None):\n    hook.run(f"DELETE FROM {table} WHERE n > {n} AND day = '{ds}'")""",
        """\n@task\ndef f(name):\n    hook.run("DELETE FROM t WHERE n = %s", parameters=(name,))""",
        """\n@task\ndef f(name):\n    print(f"SELECT of {name} = {name}")""",
        """\nTABLE = "t"\ndef f():\n    hook.run(f"SELECT * FROM {TABLE} WHERE a = '{TABLE}'")""",
    ],
    UnsafeEvaluation: [
        """x = yaml.load(f, Loader=yaml.CSafeLoader)""",
        """x = ast.literal_eval(y)""",
        """x = df.eval("a + b"); model.eval()""",
        """x = eval("1 + 1")""",
        """pickle.dump(x, f)""",
        """subprocess.run("ls | wc -l", shell=True)""",
    ],
    UnprotectedTransport: [
        """requests.get("https://x.com", verify=True)""",
        """requests.get("https://x.com", verify="/ca.pem", auth=("a", b))""",
        """requests.post("http://localhost:8080/login", json={"password": p})""",
        """requests.get("http://data.gov/x.csv")""",
        """token = jwt.decode(t, verify=False)""",
        """url = "http://example.com:8080/@user/a:b\"""",
        """params = {"verify": False}""",
    ],
    ExcessivePrivileges: [
        """DockerOperator(task_id="x", docker_url="unix://var/run/docker.sock", privileged=False)""",
        """Mount(source="/data", target="/etc", type="bind")""",
        """k8s.V1Capabilities(drop=["ALL"], add=["NET_BIND_SERVICE"])""",
        """users(privileged=True)""",
        """x = {"path": "/var/run/docker.sock"}""",
        """BashOperator(task_id="x", bash_command="docker run -v /data:/data --network etl img")""",
    ],
    SecretInOutput: [
        """\ndef f():\n    c = BaseHook.get_connection("x")\n    print(c.host, c.login, bool(c.password), len(c.password))""",
        """\n@task\ndef f():\n    token = Variable.get("api_token")\n    return requests.get("u", headers={"a": token}).json()""",
        """log.info("rotating the password of %s", user)""",
        """\ndef get_password():\n    return Variable.get("db_password")""",
        """BashOperator(task_id="x", bash_command="echo {{ conn.x.host }} && echo {{ conn.x.password }} | sudo -S ls")""",
    ],
}


@pytest.mark.parametrize(("rule", "source"), [(rule, source) for rule, sources in BAD.items() for source in sources])
def test_a_bad_text_is_flagged(rule: type[Rule], source: str) -> None:
    assert findings(rule, f"{IMPORTS}{source}\n")


@pytest.mark.parametrize(("rule", "source"), [(rule, source) for rule, sources in GOOD.items() for source in sources])
def test_a_good_text_is_left_alone(rule: type[Rule], source: str) -> None:
    assert findings(rule, f"{IMPORTS}{source}\n") == []
