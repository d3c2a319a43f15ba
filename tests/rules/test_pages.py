"""The documentation pages are those that the rules give."""

import pytest

from scripts.rule_pages import PAGES, pages


@pytest.mark.parametrize(("name", "text"), pages().items(), ids=list(pages()))
def test_a_rule_page_is_up_to_date(name: str, text: str) -> None:
    assert (PAGES / name).read_text(encoding="utf-8") == text, "run ./dev docs"


def test_no_page_is_left_of_a_rule_that_is_gone() -> None:
    assert {path.name for path in PAGES.glob("*.md")} == set(pages())
