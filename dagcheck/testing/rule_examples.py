"""The examples of rules as tests, for the built-in rules and for yours.

```python
import pytest
from dagcheck.testing.rule_examples import Example, examples_of

@pytest.mark.parametrize("example", examples_of(MyRule), ids=str)
def test_my_rule_flags_what_its_examples_mark(example: Example) -> None:
    example.check()
```
"""

from __future__ import annotations

import datetime
import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dagcheck.commands.choosing import Choice
from dagcheck.commands.judging import judge
from dagcheck.commands.workspace import Workspace
from dagcheck.engine.fix import choose_fixes, fixed_bytes
from dagcheck.engine.outcome import Outcome
from dagcheck.engine.packs import load_packs
from dagcheck.rule import Bad, Finding, Good, Rule
from dagcheck.source.text import parse

BASE = Path("/dagcheck-example")
"""The folder that examples are said to lie in; it does not exist, so no file of the machine takes part."""

_ROUNDS = 10


class ExampleError(AssertionError):
    """A rule does not do what its example says."""


@dataclass(frozen=True)
class Example:
    """One example of one rule."""

    rule: type[Rule]
    shown: Bad | Good
    number: int

    def __str__(self) -> str:
        kind = "bad" if isinstance(self.shown, Bad) else "good"
        return f"{self.rule.meta.code}-{kind}-{self.number}"

    def check(self) -> None:
        """Raise `ExampleError` unless the rule flags exactly the marked lines, and its fix gives the fixed text, which parses and needs no fix."""
        texts = self._texts()
        wanted = (
            {(path, line) for path, text in texts.items() for line in marked_lines(text, self.rule.meta.code)}
            if isinstance(self.shown, Bad)
            else set()
        )
        if isinstance(self.shown, Bad) and not wanted:
            raise ExampleError(f"{self}: no line ends in # {self.rule.meta.code}")
        findings = self._findings(texts)
        found = {(finding.span.path, finding.span.line) for finding in findings}
        if found != wanted:
            told = "".join(f"\n  {finding.span.path}:{finding.span.line}: {finding.message}" for finding in findings)
            raise ExampleError(f"{self}: missed {sorted(wanted - found)}, flagged without a mark {sorted(found - wanted)}{told}")
        if isinstance(self.shown, Bad):
            self._check_fix(texts, self.shown)

    def _check_fix(self, texts: dict[str, str], bad: Bad) -> None:
        fixed = self._fixed(texts)[bad.path]
        if bad.fixed is None:
            if fixed != texts[bad.path]:
                raise ExampleError(f"{self}: has a fix, but the example says nothing of the fixed text:\n{fixed}")
            return
        if without_marks(fixed, self.rule.meta.code) != without_marks(clean(bad.fixed), self.rule.meta.code):
            raise ExampleError(f"{self}: the fixed text is\n{fixed}")
        again = self._fixed({**texts, bad.path: fixed})[bad.path]
        if again != fixed:
            raise ExampleError(f"{self}: fixing the fixed text changes it again:\n{again}")

    def _texts(self) -> dict[str, str]:
        return {**{path: clean(text) for path, text in self.shown.files}, self.shown.path: clean(self.shown.source)}

    def _findings(self, texts: dict[str, str]) -> list[Finding]:
        outcome = self._judge(texts)
        if outcome.crashes:
            raise ExampleError(f"{self}: the rule crashed:\n{outcome.crashes[0].trace}")
        return [told.finding for told in outcome.findings if told.finding.code == self.rule.meta.code]

    def _judge(self, texts: dict[str, str]) -> Outcome:
        workspace = Workspace(
            base=BASE,
            config=dict(self.shown.config),
            airflow=self.shown.airflow,
            texts={BASE / path: text.encode() for path, text in texts.items()},
            now=datetime.datetime.fromisoformat(self.shown.now),
        )
        paths = [BASE / path for path in texts if path.endswith(".py")]
        return judge(workspace, paths, self._choice(), need_dags=False, rules=self._rules())

    def _choice(self) -> Choice:
        return Choice(extend=(self.rule.meta.code,)) if self._needs_others else Choice(select=(self.rule.meta.code,))

    def _rules(self) -> Sequence[type[Rule]]:
        if not self._needs_others:
            return (self.rule,)
        others = load_packs()
        return others if self.rule in others else (*others, self.rule)

    @property
    def _needs_others(self) -> bool:
        """A rule on suppressions has something to say only where other rules ran."""
        return self.rule.check_suppressions is not Rule.check_suppressions

    def _fixed(self, texts: dict[str, str]) -> dict[str, str]:
        for _ in range(_ROUNDS):
            chosen = choose_fixes(self._findings(texts), unsafe=True)
            if not chosen.edits:
                return texts
            for path, edits in chosen.edits.items():
                source = parse(texts[path].encode(), path, BASE / path)
                texts = {**texts, path: fixed_bytes(source, edits, chosen.codes[path]).decode(source.encoding)}
        raise ExampleError(f"{self}: still asks for fixes after {_ROUNDS} rounds:\n{texts[self.shown.path]}")


def examples_of(*rules: type[Rule]) -> list[Example]:
    """Every example of the rules."""
    bad = [Example(rule, shown, number) for rule in rules for number, shown in enumerate(rule.bad, 1)]
    return bad + [Example(rule, shown, number) for rule in rules for number, shown in enumerate(rule.good, 1)]


def clean(text: str) -> str:
    """An example's text without the indentation that it has in the rule's file, ending in a line end."""
    return inspect.cleandoc(text).rstrip("\n") + "\n"


def marked_lines(text: str, code: str) -> set[int]:
    """The lines that end in a comment with the code."""
    return {number for number, line in enumerate(text.splitlines(), 1) if re.search(rf"#\s*{code}\s*$", line)}


def without_marks(text: str, code: str) -> str:
    """The text without the marks at its line ends."""
    return re.sub(rf"[ \t]*#\s*{code}[ \t]*$", "", text, flags=re.MULTILINE)
