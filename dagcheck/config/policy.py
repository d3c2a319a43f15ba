"""`[[tool.dagcheck.policy]]`: an organisation's own rules, without Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from dagcheck.config.expressions import EVERYTHING, Expression, ExpressionError, parse_expression
from dagcheck.patterns import late
from dagcheck.records import dataclass


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DAG_FIELDS = _words(
    """
    id dag_id tag tags owner path file schedule timetable timezone start_date end_date catchup max_active_runs description
    doc_md default_args params max_active_tasks dagrun_timeout on_failure_callback on_success_callback template_searchpath
    access_control is_paused_upon_creation render_template_as_native_obj fail_fast dag_display_name owner_links
    user_defined_macros user_defined_filters tasks groups exact
    """
)
"""What a policy on DAGs may ask for: ids, tags, the tasks' owners, the file, the schedule, arguments of `DAG`, the numbers of tasks and groups."""

TASK_FIELDS = _words(
    """
    id task_id label dag_id tag tags path file operator module group mapped setup teardown kind retries retry_delay
    max_retry_delay retry_exponential_backoff trigger_rule pool pool_slots owner queue priority_weight weight_rule email
    email_on_failure email_on_retry depends_on_past wait_for_downstream execution_timeout max_active_tis_per_dag
    max_active_tis_per_dagrun on_failure_callback on_retry_callback on_success_callback on_execute_callback
    on_skipped_callback sla executor executor_config run_as_user do_xcom_push doc_md start_date end_date resources timeout
    poke_interval mode soft_fail deferrable conn_id inlets outlets
    """
)
"""What a policy on tasks may ask for, beside `argument.NAME` for any argument of an operator."""

_CODE = late(r"(?!DAG|AIR)[A-Z]{2,8}\d{3,4}|DAG905\d?")
_NAME = late(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_KEYS = ("code", "name", "message", "help", "severity", "dags", "tasks", "require")


class PolicyError(ValueError):
    """A policy that can't be used: what is wrong, and the key at fault."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True)
class Policy:
    """One policy: what each DAG or task that the selector means has to meet."""

    code: str
    name: str
    message: str
    help: str
    severity: Literal["error", "warning", "info"]
    subject: Literal["dags", "tasks"]
    selector: Expression
    requirements: tuple[Expression, ...]


def read_policy(table: Mapping[str, Any]) -> Policy:
    """The policy of a table. Raises `PolicyError`."""
    for key in table:
        if key not in _KEYS:
            close = _near(key, _KEYS)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(_KEYS)}"
            raise PolicyError(f"unknown key {key!r}; {hint}", key)
    code = _text(table, "code", required=True)
    if not _CODE.fullmatch(code):
        raise PolicyError('must be capital letters of your own and three or four digits, such as "ORG001", or DAG905 to DAG9059', "code")
    name = _text(table, "name") or f"policy-{code.lower()}"
    if not _NAME.fullmatch(name):
        raise PolicyError('must be in kebab case, such as "too-few-retries"', "name")
    severity = _text(table, "severity") or "warning"
    if severity not in ("error", "warning", "info"):
        raise PolicyError("must be one of error, warning, info", "severity")
    given = [key for key in ("dags", "tasks") if key in table]
    if len(given) != 1:
        raise PolicyError('needs either dags or tasks, which say what it is about ("*" for all)')
    subject: Literal["dags", "tasks"] = "dags" if given == ["dags"] else "tasks"
    return Policy(
        code,
        name,
        _text(table, "message"),
        _text(table, "help"),
        "error" if severity == "error" else "info" if severity == "info" else "warning",
        subject,
        _expression(_text(table, subject), subject, subject),
        _requirements(table, subject),
    )


def _requirements(table: Mapping[str, Any], subject: str) -> tuple[Expression, ...]:
    value = table.get("require")
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not texts or not all(isinstance(text, str) for text in texts):
        raise PolicyError('must be one requirement or a list of them, such as "retries >= 2"', "require")
    found = tuple(_expression(text, subject, "require") for text in texts)
    if EVERYTHING in found:
        raise PolicyError("'*' requires nothing", "require")
    return found


def _expression(text: str, subject: str, key: str) -> Expression:
    try:
        found = parse_expression(text)
    except ExpressionError as error:
        raise PolicyError(str(error), key) from None
    known = DAG_FIELDS if subject == "dags" else TASK_FIELDS
    for field in found.fields:
        if field not in known and not (field.startswith("argument.") and field.count(".") == 1):
            close = _near(field, known)
            hint = (
                f"; did you mean {close[0]!r}?"
                if close
                else "; an argument of an operator is written argument.NAME"
                if subject == "tasks"
                else ""
            )
            raise PolicyError(f"{subject} have no field {field!r}{hint}", key)
    return found


def _near(word: str, known: Iterable[str]) -> list[str]:
    import difflib

    return difflib.get_close_matches(word, list(known), n=1)


def _text(table: Mapping[str, Any], key: str, *, required: bool = False) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise PolicyError("must be a text", key)
    if required and not value:
        raise PolicyError(f"needs {key}")
    return value
