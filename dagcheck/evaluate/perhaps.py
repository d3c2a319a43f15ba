"""Dicts of which some keys may or may not be there, all others being known: what an unknown test does to `default_args["email"] = …` below it."""

from __future__ import annotations

from typing import Any

from dagcheck.model.values import Unknown
from dagcheck.records import dataclass


@dataclass(frozen=True, slots=True)
class Perhaps(Unknown):
    """Why the content of a dict is not known where only these keys are in doubt: whether they are there, and with which value."""

    keys: frozenset[Any] = frozenset()

    def plain(self) -> Unknown:
        """The value of one of the keys, and what is known of the dict as a whole."""
        return Unknown(self.reason, self.cause, self.span, self.name)


def perhaps(why: Unknown, keys: frozenset[Any]) -> Perhaps:
    """The doubt about keys of a dict, for a reason."""
    return Perhaps(why.reason, why.cause, why.span, why.name, keys=keys)


def joined(known: Unknown | None, why: Unknown) -> Unknown:
    """What is in doubt of a container of which something was before."""
    if not isinstance(why, Perhaps) or known is None:
        return why
    return perhaps(why, why.keys | known.keys) if isinstance(known, Perhaps) else known


def plain(why: Unknown) -> Unknown:
    """The reason alone."""
    return why.plain() if isinstance(why, Perhaps) else why


def settles(why: Unknown | None, container: Any, key: Any) -> bool:
    """Whether a key of a container is known although not all of the container is."""
    return isinstance(why, Perhaps) and isinstance(container, dict) and isinstance(key, str) and key not in why.keys


__all__ = ["Perhaps", "joined", "perhaps", "plain", "settles"]
