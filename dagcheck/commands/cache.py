"""`dagcheck cache`: where what earlier runs found is kept, how much it is, and away with it."""

from __future__ import annotations

import argparse
import os
import shutil
from typing import Any

from dagcheck.model.errors import ExplainedError
from dagcheck.report.terminal import Terminal


class CacheError(ExplainedError):
    """The cache can't be cleared; the message says why."""


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """The options of `cache`."""
    text = "Show where what earlier runs found is kept, and how much it is."
    parser: argparse.ArgumentParser = subparsers.add_parser("cache", help="show or clear what earlier runs found", description=text)
    parser.add_argument("--clear", action="store_true", help="remove it all")
    return parser


def run(options: argparse.Namespace) -> int:
    """Show or clear, and return the exit status. Raises `CacheError`."""
    from dagcheck.cache.folder import cache_folder

    terminal: Terminal = options.terminal
    folder = cache_folder()
    if folder is None:
        terminal.write("There is no folder for a cache: the user has no home; DAGCHECK_CACHE_DIR names one.")
        return 0
    if options.clear:
        _clear(folder)
        terminal.write(f"The cache in {folder} is empty.")
        return 0
    _show(folder, terminal)
    return 0


def _show(folder: str, terminal: Terminal) -> None:
    from dagcheck.cache.store import MOST_BYTES, Store

    runs = os.path.join(folder, "runs")
    count = len(os.listdir(runs)) if os.path.isdir(runs) else 0
    entries, _ = Store(folder).measure()
    size = sum(os.path.getsize(os.path.join(inner, name)) for inner, _, names in os.walk(folder) for name in names)
    terminal.write(f"folder   {folder}")
    terminal.write(f"runs     {count:,}")
    terminal.write(f"answers  {entries:,}")
    terminal.write(f"size     {size / 1024**2:,.1f} MiB (at most about {MOST_BYTES / 1024**2:,.0f} MiB)")


def _clear(folder: str) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise CacheError(f"{folder}: cannot be cleared: {(error.strerror or str(error)).lower()}") from error
