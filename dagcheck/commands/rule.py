"""`dagcheck rule`: explain one rule."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from dagcheck.commands.arguments import add_quiet

if TYPE_CHECKING:
    from dagcheck.report.terminal import Terminal


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """The options of `rule`."""
    parser: argparse.ArgumentParser = subparsers.add_parser("rule", help="explain one rule", description="Explain one rule.")
    parser.add_argument("code", metavar="CODE", help="the rule's code or name, or the beginning of codes such as DAG3")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_quiet(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Print the page of the rule, or a line for each rule whose code begins so; the exit status is 2 if there is none."""
    from dagcheck.commands.choosing import known_rules
    from dagcheck.config.table import ConfigError, nearest
    from dagcheck.report.rule_page import page, rule_as_plain, summary

    terminal: Terminal = options.terminal
    rules = known_rules()
    wanted = options.code.upper(), options.code.lower()
    found = next((rule for rule in rules if rule.meta.code == wanted[0] or rule.meta.name == wanted[1]), None)
    family = [rule for rule in rules if rule.meta.code.startswith(wanted[0])] if found is None else []
    if family and options.format == "json":
        terminal.write(json.dumps([rule_as_plain(rule) for rule in family], indent=2, ensure_ascii=False))
        return 0
    if family:
        for rule in family:
            terminal.write(f"{terminal.paint(rule.meta.code, 'bold')}  {rule.meta.name}  {summary(rule)}")
        return 0
    if found is None:
        known = [key for rule in rules for key in (rule.meta.code, rule.meta.name)]
        hint = nearest(options.code, known)
        raise ConfigError(f"no rule is called {options.code!r}{hint if hint.startswith('; did') else '; `dagcheck rules` lists them'}")
    terminal.write(json.dumps(rule_as_plain(found), indent=2, ensure_ascii=False) if options.format == "json" else page(found).rstrip())
    return 0
