"""Writes `docs/rules/`: an index and a page a rule, made of the rules themselves. A test fails when they are stale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dagcheck.engine.packs import load_packs
from dagcheck.report.rule_page import page, summary
from dagcheck.rule import Rule

PAGES = Path(__file__).resolve().parent.parent / "docs" / "rules"


def pages() -> dict[str, str]:
    """The text of every page by file name: the built-in rules, and the index."""
    rules = [rule for rule in load_packs() if rule.__module__.startswith("dagcheck_rules.")]
    found = {f"{rule.meta.code}-{rule.meta.name}.md": page(rule) for rule in rules}
    return {**found, "README.md": "\n".join(_index(rules)) + "\n"}


def _index(rules: list[type[Rule]]) -> Iterator[str]:
    yield from ("# Rules", "", "`dagcheck rule CODE` prints a rule's page; `dagcheck rules` lists all.")
    family = ""
    for rule in rules:
        name = rule.__module__.split(".")[1]
        if name != family:
            family = name
            yield from (
                "",
                f"## {rule.meta.code[:4]}xx {family}",
                "",
                "| code | name | severity | fix | |",
                "| --- | --- | --- | --- | --- |",
            )
        meta = rule.meta
        off = "" if meta.default else " (off by default)"
        yield f"| [{meta.code}]({meta.code}-{meta.name}.md) | {meta.name} | {meta.severity} | {meta.fix or ''} | {summary(rule)}{off} |"


if __name__ == "__main__":
    PAGES.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in PAGES.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (PAGES / name).write_text(text, encoding="utf-8")
    print(f"{len(wanted)} pages in {PAGES}")
