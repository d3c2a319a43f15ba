"""`dagcheck rules`: list all rules."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from dagcheck.commands.arguments import add_quiet

if TYPE_CHECKING:
    from dagcheck.report.terminal import Terminal


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """The options of `rules`."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "rules", help="list all rules", description="List the rules of all installed packs."
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_quiet(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Print one line a rule."""
    from dagcheck.commands.choosing import known_rules
    from dagcheck.report.rule_page import rule_as_plain, summary
    from dagcheck.report.summary import COLORS

    terminal: Terminal = options.terminal
    rules = known_rules()
    if options.format == "json":
        terminal.write(json.dumps([rule_as_plain(rule) for rule in rules], indent=2, ensure_ascii=False), "json")
        return 0
    width = max(len(rule.meta.name) for rule in rules)
    for rule in rules:
        meta = rule.meta
        marks = f"{'' if meta.default else ' (off by default)'}{f' [{meta.fix} fix]' if meta.fix else ''}"
        severity = terminal.paint(meta.severity.ljust(7), COLORS[meta.severity])
        terminal.write(f"{terminal.paint(meta.code, 'bold')}  {severity}  {meta.name.ljust(width)}  {summary(rule)}{marks}")
    return 0
