"""What a regular expression may cost, and expressions that are matched without ever going a way twice."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagcheck.regex_cost import Measured, ways
from dagcheck.source.steady import Steady

TEXT = "the_quick_x_brown,fox=12,a a b"
SIMPLE = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "[a-c]", "/", r"\."]),
    lambda inner: st.one_of(
        st.builds("(?:{}){}".format, inner, st.sampled_from(["*", "+", "?", "*?", "{2,3}", "{0,2}"])),
        st.builds("(?:{}|{})".format, inner, inner),
        st.builds("{}{}".format, inner, inner),
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "pattern", [r"(a+)+$", r"(\w+\s?)*$", r"(x)?(?(1)(a+)+b|c)", "(?=(a+)+$)", "(a|aa)+$", "a*" * 9 + "b", "(?>(a+)+b)"]
)
def test_what_backtracks_without_end_costs_much(pattern: str) -> None:
    assert ways(pattern, Measured(200)) > 40


@pytest.mark.parametrize("pattern", [r"[a-z][a-z0-9_]*", r"(\d+)-(\d+)", "(?>a*)a*b", "a*+b", r"(?>[^/]*?a)(?>[^/]*?b)(?>[^/]*?c)[^/]*"])
def test_what_never_goes_back_far_costs_little(pattern: str) -> None:
    assert ways(pattern, Measured(200)) < 18


def test_where_the_texts_are_known_a_repetition_ends_only_where_what_follows_stands() -> None:
    pattern = ".*_x_.*,.*=.*"
    assert ways(pattern, Measured(len(TEXT), (TEXT,))) < 9 < ways(pattern, Measured(len(TEXT)))


@pytest.mark.parametrize("pattern", ["(?:|a)(?:|b)" * 200, "a*b*" * 1_000, "[^/]*(?:(?P<x>/)|$)", "(?:" * 60 + "a" + "|)" * 60])
def test_the_cost_itself_is_known_quickly(pattern: str) -> None:
    began = time.process_time()
    assert ways(pattern, Measured(250)) > 0
    assert time.process_time() - began < 2


@given(SIMPLE, st.sampled_from(["", "^"]), st.sampled_from(["", "$", "(?:(?P<d>/)|$)"]), st.text("ab/.c\n", max_size=9))
def test_a_simple_pattern_matches_what_it_matches_in_python(inner: str, start: str, end: str, text: str) -> None:
    pattern = f"{start}{inner}{end}"
    steady, compiled = Steady(pattern), re.compile(pattern)
    for how in ("search", "match", "fullmatch"):
        assert getattr(steady, how)(text) == bool(getattr(compiled, how)(text))


@pytest.mark.parametrize("pattern", [r"\w+", r"a\b", "(a)\\1", "(?=a)b", "(?>a)", "a*+"])
def test_what_is_not_simple_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="not a simple pattern"):
        Steady(pattern)
