"""A rule's page: what `dagcheck rule` prints and what the documentation holds, both made of the rule itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from dagcheck.rule import Bad, Good, Rule


def summary(rule: type[Rule]) -> str:
    """The first line of the rule's docstring."""
    return (inspect.getdoc(rule) or "").partition("\n")[0]


def explanation(rule: type[Rule]) -> str:
    """The docstring below its first line: why it is bad, and when to leave it."""
    return (inspect.getdoc(rule) or "").partition("\n")[2].strip()


def rule_as_plain(rule: type[Rule]) -> dict[str, Any]:
    """The rule as plain data, for `--format json`."""
    meta = rule.meta
    return {
        "code": meta.code,
        "name": meta.name,
        "severity": meta.severity,
        "since": meta.since,
        "fix": meta.fix,
        "default": meta.default,
        "pack": rule.__module__.partition(".")[0],
        "summary": summary(rule),
        "explanation": explanation(rule),
        "options": {option.name: {"default": option.default, "doc": option.doc} for option in rule.options},
        "bad": [
            {"title": example.title, "source": inspect.cleandoc(example.source), "fixed": _clean(example.fixed)} for example in rule.bad
        ],
        "good": [{"title": example.title, "source": inspect.cleandoc(example.source)} for example in rule.good],
    }


def page(rule: type[Rule]) -> str:
    """The rule's page in Markdown."""
    return "\n".join(_lines(rule)) + "\n"


def _lines(rule: type[Rule]) -> Iterator[str]:
    meta = rule.meta
    yield f"# {meta.code} {meta.name}"
    yield ""
    yield summary(rule)
    yield ""
    fix = f" It has a fix, which is {meta.fix}." if meta.fix else ""
    yield f"Severity {meta.severity}, {'on' if meta.default else 'off'} by default, since {meta.since}.{fix}"
    if explanation(rule):
        yield ""
        yield explanation(rule)
    if rule.options:
        yield from ("", "## Options", "", f"In `[tool.dagcheck.rule.{meta.name}]`:", "")
        yield from (f"- `{option.name}` (default {_toml(option.default)}): {option.doc}" for option in rule.options)
    if rule.bad:
        yield from ("", "## Bad")
        for bad in rule.bad:
            yield from _example(bad)
            if bad.fixed is not None:
                yield from ("", "After the fix:", "", "```python", _clean(bad.fixed) or "", "```")
    if rule.good:
        yield from ("", "## Good")
        for good in rule.good:
            yield from _example(good)
    yield from ("", f"Leave one out with `# dagcheck: ignore[{meta.code}] -- why` on its line.")


def _example(example: Bad | Good) -> Iterator[str]:
    if example.title:
        yield from ("", f"{example.title}:")
    for path, text in example.files:
        yield from ("", f"`{path}`:", "", "```python", inspect.cleandoc(text), "```")
    if example.files:
        yield from ("", f"`{example.path}`:")
    yield from ("", "```python", _visible(inspect.cleandoc(example.source)), "```")


def _visible(text: str) -> str:
    """The text with null characters as the sign that stands for them."""
    return text.replace("\0", "\N{SYMBOL FOR NULL}")


def _clean(text: str | None) -> str | None:
    return None if text is None else inspect.cleandoc(text)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{item}"' for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
