"""Fuzzing for as long as you like: `python -m tests.fuzz.run --minutes 60`.

A child process does the work, so that a crash of the interpreter, a hang or an empty memory is a find as well, and the run goes on. Each find is written to a file below
`--finds`: its first line names the target, the rest is the text; beside it lies what was raised. `--again FILE` plays one find.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import resource
import subprocess
import sys
import time
import traceback
from pathlib import Path

from tests.fuzz.targets import TARGETS, draw

ROOT = Path(__file__).resolve().parents[2]
CASES = 300
"""Cases that one child plays; then a new one begins with an empty memory."""
SECONDS = 20.0
"""A case that takes longer is a find."""
BYTES = 3 * 2**30
"""The memory of a child."""


def main() -> int:
    """Play until the time is over; 1 if there was a find."""
    parser = argparse.ArgumentParser(prog="./dev fuzz", description="Fuzz dagcheck, and keep what breaks it.")
    parser.add_argument("--minutes", type=float, default=10.0, help="default: 10")
    parser.add_argument("--seed", type=int, default=None, help="default: by the clock")
    parser.add_argument("--finds", type=Path, default=ROOT / ".fuzz", help="where finds are written; default: .fuzz")
    parser.add_argument("--target", choices=sorted(TARGETS), help="only this target")
    parser.add_argument("--guided", action="store_true", help="with --target: be guided by the code that texts reach (needs atheris)")
    parser.add_argument("--again", type=Path, metavar="FILE", help="play one find, and nothing else")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.finds.mkdir(parents=True, exist_ok=True)
    if options.again is not None:
        name, text = read_find(options.again)
        TARGETS[name].run(text)
        return 0
    if options.guided:
        from tests.fuzz.guided import fuzz

        if options.target is None:
            parser.error("--guided needs --target")
        return fuzz(options.target, options.minutes, options.finds, _keep)
    if options.child is not None:
        return play(options.child, options.finds, options.target)
    return _watch(options)


def read_find(path: Path) -> tuple[str, str]:
    """The name of the target and the text of a find."""
    name, _, text = path.read_bytes().partition(b"\n")
    return name.decode(), text.decode("utf-8", "surrogatepass")


def _watch(options: argparse.Namespace) -> int:
    seed = int(time.time()) if options.seed is None else options.seed
    ends = time.monotonic() + options.minutes * 60
    before = set(options.finds.glob("*.txt"))
    rounds = 0
    while time.monotonic() < ends:
        command = [sys.executable, "-m", "tests.fuzz.run", "--child", str(seed + rounds), "--finds", str(options.finds)]
        command += ["--target", options.target] if options.target else []
        _guard(command, options.finds, ends)
        rounds += 1
    found = set(options.finds.glob("*.txt")) - before
    print(f"about {rounds * CASES:,} cases from seed {seed} on: {len(found)} new finds in {options.finds}")
    return 1 if found else 0


def _guard(command: list[str], finds: Path, ends: float) -> None:
    """Let one child play; what it was at when it died or hung is a find."""
    current = finds / "current"
    current.unlink(missing_ok=True)
    child = subprocess.Popen(command, cwd=ROOT)
    while child.poll() is None and time.monotonic() < ends + SECONDS:
        time.sleep(0.5)
        try:
            age = time.time() - current.stat().st_mtime
        except FileNotFoundError:  # it begins or ends
            continue
        if age > SECONDS * 6:  # it counts its own processor time; this is for one that no longer counts
            child.kill()
            child.wait()
            _keep(finds, current.read_bytes(), "no end")
            return
    if child.poll() is None:
        child.kill()
        child.wait()
    elif child.returncode != 0:
        if not current.exists() or current.read_bytes() == b"draw\n":
            sys.exit("the fuzzing itself failed")
        _keep(finds, current.read_bytes(), f"the process ended with {child.returncode}")


def play(seed: int, finds: Path, target: str | None) -> int:
    """Play the cases of one child, and keep what breaks."""
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    chance = random.Random(seed)
    current = finds / "current"
    for _ in range(CASES):
        current.write_bytes(b"draw\n")
        name, text = draw(chance)
        if target is not None and name != target:
            continue
        case = f"{name}\n{text}".encode("utf-8", "surrogatepass")
        current.write_bytes(case)
        began = time.process_time()
        try:
            TARGETS[name].run(text)
        except Exception:  # noqa: BLE001 whatever is raised is what is looked for
            _keep(finds, case, traceback.format_exc())
        if time.process_time() - began > SECONDS:
            _keep(finds, case, f"took {time.process_time() - began:.0f} seconds")
    current.unlink(missing_ok=True)
    return 0


def _keep(finds: Path, case: bytes, why: str) -> None:
    """Write a find; one that was raised at a place where another one was is counted by its name alone."""
    places = re.findall(r'File "[^"]*/((?:dagcheck|dagcheck_rules|tests)/[^"]+)", line (\d+)', why)
    last = why.strip().splitlines()[-1][:60]
    key = f"{places[-1]}" if places and "BrokenPromise" not in last else f"{last}{places[-1:]}"
    name = hashlib.sha256(re.sub(r"\d+", "", key).encode() if not places else key.encode()).hexdigest()[:12]
    path = finds / f"{case.partition(bytes([10]))[0].decode()}-{name}.txt"
    if path.exists():
        return
    path.write_bytes(case)
    path.with_suffix(".why").write_text(why, encoding="utf-8", errors="backslashreplace")
    print(f"{path}: {why.strip().splitlines()[-1][:200]}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
