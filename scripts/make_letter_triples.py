"""Write the letter triples that words are made of, for the secret rules (`letter_triples.txt`).

Counts the distinct words of Python's own documentation topics and standard library (PSF licence; only the counts are kept) and keeps the commonest triples: a run of
letters most of whose triples are among them reads as a word, a random one does not.
"""

from __future__ import annotations

import collections
import pathlib
import re
import sysconfig

KEPT = 2500
TARGET = pathlib.Path(__file__).parents[1] / "rules/dagcheck_rules/security/_detection/data/letter_triples.txt"


def library_words() -> collections.Counter[str]:
    """How often each lower-case word stands in the standard library's source, tests and installed packages left out."""
    words: collections.Counter[str] = collections.Counter()
    for file in pathlib.Path(sysconfig.get_paths()["stdlib"]).rglob("*.py"):
        if "site-packages" not in file.parts and not any(part.startswith("test") for part in file.parts):
            text = file.read_text(encoding="utf-8", errors="ignore")
            words.update(part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", text) if len(part) >= 3)
    return words


def triples(words: collections.Counter[str]) -> list[str]:
    """The `KEPT` triples that stand in most distinct words, in alphabetical order."""
    counted: collections.Counter[str] = collections.Counter()
    for word, times in words.items():
        if times >= 3 and len(word) <= 14:
            counted.update(word[i : i + 3] for i in range(len(word) - 2))
    return sorted(triple for triple, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:KEPT])


if __name__ == "__main__":
    kept = triples(library_words())
    lines = [" ".join(kept[i : i + 30]) for i in range(0, len(kept), 30)]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{TARGET}: {len(kept)} triples")
