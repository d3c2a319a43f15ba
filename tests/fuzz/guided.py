"""Fuzzing that is guided by what code was reached: `./dev fuzz --guided --target NAME`. Needs `atheris`, which is no dependency of ours: `pip install atheris`.

Texts are changed by libFuzzer, and those that reach new code are changed further. Only our own modules are watched, so the target is played once, under watch, before it begins.
"""

from __future__ import annotations

import contextlib
import random
import sys
import traceback
from pathlib import Path
from typing import Any

from tests.fuzz.targets import TARGETS

WATCHED = ["dagcheck", "dagcheck_rules"]
FIRST = 40
"""How many texts it begins with."""


def fuzz(name: str, minutes: float, finds: Path, keep: Any) -> int:
    """Play one target until the time is over; `keep(finds, case, why)` takes what breaks. What reached new code is kept for the next time. Ends the process."""
    try:
        import atheris
    except ImportError:
        print("--guided needs atheris, which is not installed here: .venv/bin/pip install atheris", file=sys.stderr)
        return 2
    target, chance = TARGETS[name], random.Random(0)
    texts = [target.draw(chance) for _ in range(FIRST)]
    with atheris.instrument_imports(include=WATCHED), contextlib.suppress(Exception):
        target.run(texts[0])

    def play(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        try:
            target.run(text)
        except Exception:  # noqa: BLE001 whatever is raised is what is looked for
            keep(finds, f"{name}\n{text}".encode(), traceback.format_exc())

    folder = finds / f"corpus-{name}"
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"first-{number}").write_bytes(text.encode("utf-8", "surrogatepass"))
    bounds = [f"-max_total_time={round(minutes * 60)}", "-timeout=120", "-rss_limit_mb=4000", f"-artifact_prefix={finds}/{name}-"]
    atheris.Setup([sys.argv[0], str(folder), *bounds], play)
    atheris.Fuzz()
    return 0
