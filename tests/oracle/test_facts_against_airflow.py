"""The tables of facts, held against the classes that real Airflow environments import."""

import json
import subprocess
from typing import Any

import pytest

from dagcheck.airflow.facts import facts
from tests.oracle.environments import python_of, variables_of

ASK = """
import importlib, inspect, json, sys, warnings
warnings.simplefilter("ignore")
answers = {}
for place in json.load(sys.stdin):
    module, _, name = place.rpartition(".")
    try:
        cls = getattr(importlib.import_module(module), name)
    except Exception as error:
        answers[place] = str(error)
        continue
    accepted = set()
    for ancestor in cls.__mro__:
        if "__init__" in vars(ancestor):
            parameters = inspect.signature(ancestor.__init__).parameters.values()
            accepted |= {p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)} - {"self"}
            if ancestor.__name__ == "BaseOperator" or not any(p.kind is p.VAR_KEYWORD for p in parameters):
                break
    answers[place] = {"fields": sorted(cls.template_fields), "ext": sorted(cls.template_ext), "accepted": sorted(accepted)}
print("ANSWERS" + json.dumps(answers))
"""


def answers_of(version: str, places: list[str]) -> dict[str, Any]:
    """What the real classes at those places say of themselves."""
    python = python_of(version)
    if python is None:
        pytest.skip(f"no environment for Airflow {version}; make it with tests/oracle/environments.py")
    run = subprocess.run(
        [python, "-c", ASK], input=json.dumps(places), env=variables_of(version), capture_output=True, text=True, check=True
    )
    answers: dict[str, Any] = json.loads(run.stdout.rpartition("ANSWERS")[2])
    return answers


@pytest.mark.parametrize(
    ("version", "providers"), [("2.7.3", ()), ("2.11.2", ()), ("3.3.2", ("standard", "cncf.kubernetes", "common.sql", "common.compat"))]
)
def test_operators_are_as_the_real_classes_are(version: str, providers: tuple[str, ...]) -> None:
    known = facts(version)
    tables = [known.core["classes"], *(known.provider(name)["classes"] for name in providers)]
    places = sorted(place for table in tables for place, entry in table.items() if entry["kind"] in ("operator", "sensor"))
    answers = {place: answer for place, answer in answers_of(version, places).items() if isinstance(answer, dict)}
    assert len(answers) > 30
    wrong = {}
    for place, answer in answers.items():
        ours = known.operator(place)
        assert ours is not None
        accepted = known.parameters(place)
        told = {"fields": sorted(ours.template_fields or ()), "ext": sorted(ours.template_ext), "accepted": sorted(accepted or ())}
        if ours.template_fields is None:
            told["fields"] = answer["fields"]
        differing = {key: sorted(set(told[key]) ^ set(answer[key])) for key in told if told[key] != answer[key]}
        if differing:
            wrong[place] = differing
    assert wrong == {}
