import ast
import re
from collections.abc import Iterable

from dagcheck.model.dag import Dag, Task
from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.code import constant, own_nodes
from dagcheck.rule.tasks import is_one_of, text

_CAREFUL = late(r"(^|[;&\n\s])set\s+-\w*e|set\s+-o\s+errexit|\|\|\s*(exit|return)|(^|\n)\s*trap\s")
_PIPEFAIL = late(r"pipefail|PIPESTATUS")
_HARMLESS = frozenset(
    ["echo", "printf", "cd", "export", "source", ".", "true", "sleep", "date", "pwd", "ls", "cat", "env", "mkdir", "set", "unset", "umask", "ulimit", "which", "rm", "touch",
     "local", "declare", "alias", "shopt", "eval", "hostname", "whoami", "id", "test", "[", "[[", "wait", "kill", "exit", "return", "read", "shift"]
)  # fmt: skip
_CONTROL = late(r"^(if|then|else|elif|fi|for|while|until|do|done|case|esac|function|select|\{|\}|\(|\))\b|^[{}()]|<<|^\w+\(\)")
_PRODUCER = late(
    r"\b(pg_dump|pg_dumpall|mysqldump|mongodump|psql|mysql|bq|gsutil|aws|curl|wget|sqlcmd|hive|beeline|spark-submit|dbt|python3?|Rscript|ssh|scp|tar|gpg|unzip|zcat|java|node|kubectl|docker|gcloud|az|snowsql|clickhouse-client|trino)\b(?:(?!&&)[^|;\n])*\|(?!\|)"
)


class LostExitStatus(Rule):
    """Shell commands whose failure is lost

    Bash goes on after a command that failed, and the task takes the status of the last one alone; a pipe takes that of its last part. So a load that failed is followed by a
    step that works, and the task is a success. Begin with `set -euo pipefail`, or join the commands by `&&`.
    """

    meta = Meta(code="DAG710", name="lost-exit-status", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            STEPS = ["cd /opt/sales", "python extract.py", "python load.py", "echo done"]

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="\\n".join(STEPS))  # DAG710
            """
        ),
        Bad(
            """
            from airflow.sdk import DAG
            from airflow.providers.standard.operators.bash import BashOperator

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load-sales --all; touch /data/done")  # DAG710
            """,
            title="On one line",
        ),
        Bad(
            """
            from airflow.providers.ssh.operators.ssh import SSHOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                for base in ("shop", "stock"):
                    SSHOperator(task_id=base, ssh_conn_id="db", command=f"pg_dump {base} | gzip > /backup/{base}.gz")  # DAG710
            """,
            title="At the head of a pipe",
        ),
        Bad(
            """
            from airflow.decorators import dag
            from airflow.operators.bash import BashOperator

            @dag(schedule=None)
            def sales():
                BashOperator(task_id="load", bash_command="python extract.py --day {{ ds }} | gzip > /data/{{ ds }}.gz")  # DAG710

            sales()
            """,
            airflow="2.11",
            title="A pipe",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task.bash
                def load():
                    return "python extract.py; python load.py; rm -rf /tmp/sales"  # DAG710

                load()

            sales()
            """,
            title="TaskFlow",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            STEPS = ["set -euo pipefail", "python extract.py", "pg_dump shop | gzip > /backup/shop.gz", "echo done"]

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="\\n".join(STEPS))
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="cd /opt/sales && python extract.py && python load.py")
                BashOperator(task_id="list", bash_command="curl -sf https://shop.example/list || echo none")
            """,
            title="Joined by &&",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            STEPS = ["echo start; date", "export STAGE=test", "cd /opt", "for f in a b; do", "  echo $f", "done", "python load.py"]

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="\\n".join(STEPS))
            """,
            title="Only the last command matters",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="python load.py \\\\\\n  --region north \\\\\\n  --all")
            """,
            title="One command on several lines",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a command in which a step that can fail is not the last one, or not the last of its pipe."""
        if not is_one_of(task, ("BashOperator", "SSHOperator")):
            return
        name = "command" if "command" in task.arguments else "bash_command"
        command, span = _command(task, name, context)
        if command is None or span is None or (_CAREFUL.search(command) and _PIPEFAIL.search(command)):
            return
        pipe = None if _PIPEFAIL.search(command) else _PRODUCER.search(command)
        lost = None if _CAREFUL.search(command) else _lost_step(command)
        if lost is not None:
            message = f"When `{_short(lost)}` fails, the commands after it still run, and the task takes the status of the last one."
        elif pipe is not None:
            message = f"When `{_short(pipe.group(1))}` fails, the pipe goes on and takes the status of its last command."
        else:
            return
        help_text = "Begin the command with `set -euo pipefail`." if name == "bash_command" else "Begin the command with `set -e`."
        yield Finding(message, span, help=help_text, dag_id=dag.dag_id, task_id=task.task_id, subject=name)


def _command(task: Task, name: str, context: FileContext) -> tuple[str | None, Span | None]:
    """The command of a task and its place: its argument, or what its `@task.bash` function returns where it returns one text alone."""
    if name in task.arguments:
        return text(task, name), task.arguments[name].span
    node = context.function(task.callable) if task.callable is not None and task.callable.path == context.file.path else None
    returned = [inner.value for inner in own_nodes(node) if isinstance(inner, ast.Return)] if node is not None else []
    value = constant(returned[0]) if len(returned) == 1 else None
    return (value, context.span(returned[0])) if isinstance(value, str) and returned[0] is not None else (None, None)


def _lost_step(command: str) -> str | None:
    """The first step that can fail and has another one after it; None also where the command is a program of its own, with conditions or loops around the steps."""
    if "<<" in command or "{%" in command:
        return None
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^\s*#.*$", "", command))
    steps = [step.strip() for line in joined.splitlines() for step in _split(line)]
    steps = [step for step in steps if step]
    if any(_CONTROL.search(step) for step in steps):
        return None
    return next((step for step in steps[:-1] if _can_fail(step)), None)


def _split(line: str) -> list[str]:
    """The commands of a line, at semicolons outside of quotes and templates."""
    parts, quote, depth = [""], "", 0
    for index, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif line[index : index + 2] in ("{{", "$("):
            depth += 1
        elif depth and (line[index : index + 2] == "}}" or char == ")"):
            depth -= 1
        elif char == ";" and not depth:
            parts.append("")
            continue
        parts[-1] += char
    return parts


def _can_fail(step: str) -> bool:
    """True for a step whose failure would matter: a program that is run in the foreground, whose status nobody asks."""
    if step.endswith(("&", "&&", "|", "||")) or "||" in step or step.startswith("#"):
        return False
    words = [word for word in step.split() if not re.match(r"^\w+=", word)]
    return bool(words) and words[0].strip("\"'") not in _HARMLESS and not words[0].startswith(("{{", "$", "-"))


def _short(step: str) -> str:
    line = " ".join(step.split())
    return line if len(line) <= 50 else f"{line[:47]}..."
