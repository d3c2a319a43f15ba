import re
from collections.abc import Iterable, Mapping
from typing import Any

from dagcheck.model.dag import Dag
from dagcheck.model.values import ObjectRef
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.tasks import is_known, parts

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (dict,),
    "null": (type(None),),
}
_MISSING = object()


class ParamAgainstSchema(Rule):
    """Param whose default breaks its own schema

    Airflow checks the default against the schema that the `Param` gives (JSON Schema: type, enum, limits, pattern). A scheduled DAG with a default that does not fit, or with
    none, is refused when it is loaded; another one cannot be started without filling the form.
    """

    meta = Meta(code="DAG828", name="param-against-schema", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.sdk import DAG, Param

            with DAG(
                "sales",
                params={
                    "day": Param(7, type="string"),  # DAG828
                    "region": Param("west", enum=["north", "south"]),  # DAG828
                },
            ):
                pass
            """
        ),
        Bad(
            """
            from airflow.sdk import Param, dag

            @dag(schedule="@daily", params={"count": Param(type="integer"), "full": Param(False, type="boolean")})  # DAG828
            def sales():
                pass

            sales()
            """,
            title="No default in a scheduled DAG",
        ),
        Bad(
            """
            from airflow.models.param import Param
            from airflow import DAG

            LIMITS = {"type": "integer", "minimum": 1, "maximum": 5}

            for region in ("north", "south"):
                with DAG(f"sales_{region}", params={"count": Param(9, **LIMITS)}):  # DAG828
                    pass
            """,
            airflow="2.11",
            title="Out of range",
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import DAG, Param

            with DAG(
                "sales",
                schedule="@daily",
                params={
                    "day": Param("2025-01-01", type="string", format="date"),
                    "count": Param(None, type=["null", "integer"], minimum=1),
                    "share": Param(1, type="number", exclusiveMinimum=0),
                    "name": "anything",
                },
            ):
                pass
            """
        ),
        Good(
            """
            from airflow.sdk import DAG, Param

            with DAG("sales", schedule=None, params={"day": Param(type="string", title="Day")}):
                pass
            """,
            title="Asked for in the form",
        ),
        Good(
            """
            import os

            from airflow.sdk import DAG, Param

            with DAG("sales", params={"day": Param(os.environ["DAY"], type="integer"), "region": Param("north", enum=os.environ["R"].split())}):
                pass
            """,
            title="Not known",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each such Param."""
        params = dag.arguments.get("params")
        if params is None or not isinstance(params.value, dict):
            return
        for name, value in params.value.items():
            if not isinstance(value, ObjectRef) or value.name != "Param":
                continue
            schema = {key: item for key, item in value.kwargs.items() if key not in ("default", "description")}
            default = value.args[0] if value.args else value.kwargs.get("default", _MISSING)
            if not (default is _MISSING or _is_plain(default)) or not is_known(list(schema.values())):
                continue
            problem = _problem(default, schema, scheduled=dag.schedule.kind not in ("none", "unknown"))
            if problem:
                yield Finding(f"The param {name} {problem}.", value.span or params.span, dag_id=dag.dag_id, subject=str(name))


def _is_plain(value: Any) -> bool:
    """True for data that JSON can hold, known as a whole."""
    return is_known(value) and all(
        part is None or isinstance(part, bool | int | float | str | list | tuple | dict) for part in parts(value)
    )


def _problem(default: Any, schema: Mapping[str, Any], *, scheduled: bool) -> str | None:
    """What is wrong with a default, in words; None if nothing is, or if it can't be told."""
    kinds = schema.get("type")
    allowed = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list | tuple) else None
    if default is _MISSING or (default is None and allowed is not None and "null" not in allowed):
        return "has no default that fits its schema, though the DAG is scheduled" if scheduled and allowed is not None else None
    if allowed is not None and all(kind in _TYPES for kind in allowed) and not any(_is_of(default, kind) for kind in allowed):
        return f"is {default!r} by default, which is no {' or '.join(allowed)}"
    enum = schema.get("enum")
    if isinstance(enum, list | tuple) and default not in enum:
        return f"is {default!r} by default, which is not among {', '.join(repr(item) for item in enum)}"
    return _out_of_range(default, schema)


def _is_of(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind in ("integer", "number"):
        return False
    return isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, float) and value.is_integer())


def _out_of_range(default: Any, schema: Mapping[str, Any]) -> str | None:
    """What limits and patterns say."""
    if isinstance(default, int | float) and not isinstance(default, bool):
        low, high = schema.get("minimum"), schema.get("maximum")
        if isinstance(low, int | float) and default < low:
            return f"is {default!r} by default, below its minimum {low}"
        if isinstance(high, int | float) and default > high:
            return f"is {default!r} by default, above its maximum {high}"
    if isinstance(default, str):
        short, long, pattern = schema.get("minLength"), schema.get("maxLength"), schema.get("pattern")
        if (isinstance(short, int) and len(default) < short) or (isinstance(long, int) and len(default) > long):
            return f"has a default of {len(default)} characters, against its limits"
        if isinstance(pattern, str) and _matches(pattern, default) is False:
            return f"is {default!r} by default, which does not match {pattern!r}"
    return None


def _matches(pattern: str, value: str) -> bool | None:
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return None
