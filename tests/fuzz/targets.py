"""What is fuzzed: functions of a text that do what the program does with such a text, and fail where a promise is broken.

A target raises for anything that the program does not promise: a crash of a rule or of the extraction counts as well as an exception.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.fuzz import beside, calls, corpus, dag_files, kept
from tests.fuzz.mutations import mutate


@dataclass(frozen=True)
class Target:
    """A target: what does the work, the texts that are mutated for it (None: it takes a seed and draws by itself), and how often it is taken beside the others."""

    run: Callable[[str], None]
    texts: Callable[[], Sequence[str]] | None
    weight: int = 1

    def draw(self, chance: random.Random) -> str:
        """A text for it."""
        if self.texts is None:
            return str(chance.getrandbits(64))
        texts = self.texts()
        return mutate(chance, chance.choice(texts), texts)


TARGETS: dict[str, Target] = {
    "check": Target(dag_files.check, corpus.programs, 12),
    "check_bytes": Target(dag_files.check_bytes, corpus.programs, 2),
    "fix": Target(dag_files.fix, corpus.programs, 6),
    "show": Target(dag_files.show, corpus.programs, 5),
    "rerun": Target(dag_files.rerun, corpus.programs, 2),
    "called": Target(calls.called, None, 6),
    "suppressions": Target(dag_files.suppressions, lambda: corpus.COMMENTS, 1),
    "commented": Target(dag_files.commented, corpus.programs, 2),
    "stdin": Target(dag_files.stdin, corpus.programs, 1),
    "template": Target(dag_files.template, lambda: corpus.TEMPLATES, 3),
    "sql": Target(dag_files.sql, lambda: corpus.SQL, 4),
    "literals": Target(dag_files.literals, lambda: corpus.LITERALS, 3),
    "configuration": Target(beside.configuration, lambda: corpus.CONFIGURATIONS, 1),
    "configured": Target(beside.configured, lambda: corpus.CONFIGURATIONS, 2),
    "policy": Target(beside.policy, lambda: corpus.POLICIES, 2),
    "patterns": Target(beside.patterns, lambda: corpus.PATTERNS, 1),
    "ignores": Target(beside.ignores, lambda: corpus.IGNORES, 1),
    "ignored": Target(beside.ignored, lambda: corpus.IGNORES, 1),
    "factory": Target(beside.factory, lambda: corpus.YAMLS, 3),
    "manifest": Target(beside.manifest, beside.manifests, 2),
    "read": Target(beside.read, lambda: corpus.DATA, 3),
    "baseline": Target(kept.baseline, lambda: corpus.BASELINES, 1),
    "known": Target(kept.known, lambda: corpus.BASELINES, 1),
    "replay": Target(kept.replay, lambda: corpus.REPLAYS, 2),
    "packed": Target(kept.packed, kept.packed_models, 2),
    "cache": Target(kept.cache, None, 3),
}
"""Every target by its name."""


def draw(chance: random.Random) -> tuple[str, str]:
    """A target's name and a text for it."""
    name = chance.choices(list(TARGETS), [target.weight for target in TARGETS.values()])[0]
    return name, TARGETS[name].draw(chance)
