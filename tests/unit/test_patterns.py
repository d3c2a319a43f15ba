"""A pattern that is compiled late is the pattern."""

import re

import pytest

from dagcheck.patterns import late


def test_a_late_pattern_finds_what_the_pattern_finds() -> None:
    pattern = late(r"(?P<word>[a-z]+)(\d)?", re.IGNORECASE)
    own = re.compile(r"(?P<word>[a-z]+)(\d)?", re.IGNORECASE)
    text = "One1 two2 3"
    assert pattern.findall(text) == own.findall(text)
    assert [found.span() for found in pattern.finditer(text)] == [found.span() for found in own.finditer(text)]
    assert pattern.sub("-", text) == own.sub("-", text)
    assert (pattern.groups, dict(pattern.groupindex), pattern.flags) == (own.groups, dict(own.groupindex), own.flags)
    assert pattern.fullmatch("One1") is not None
    assert pattern.match("-") is None


def test_a_late_pattern_is_compiled_when_it_is_used_and_only_then() -> None:
    pattern = late("(")
    assert pattern.pattern == "("
    with pytest.raises(re.error):
        pattern.search("x")


def test_a_late_pattern_has_no_other_attributes() -> None:
    with pytest.raises(AttributeError):
        late("a").nothing  # type: ignore[attr-defined]  # noqa: B018 - that is the question
