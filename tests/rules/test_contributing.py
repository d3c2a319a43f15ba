"""The rule that CONTRIBUTING shows is one that works."""

import re
import sys
import textwrap
import types

import pytest

from dagcheck.engine.packs import in_order, load_packs, rules_of_package
from dagcheck.testing.rule_examples import examples_of
from scripts.fixture_outputs import REPOSITORY


def test_the_rule_in_contributing_is_whole_and_its_examples_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^   ```python\n(.*?)^   ```$", text, flags=re.MULTILINE | re.DOTALL)
    module = types.ModuleType("shown_in_contributing")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(textwrap.dedent(block), vars(module))  # noqa: S102 - our own documentation, run to hold it to its word
    rules = rules_of_package(module.__name__, "contributing")
    in_order([*load_packs(), *rules])
    for example in examples_of(*rules):
        example.check()
