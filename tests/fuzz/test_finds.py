"""What fuzzing found once: each file below `finds/` broke the target that its first line names."""

from pathlib import Path

import pytest

from tests.fuzz.run import read_find
from tests.fuzz.targets import TARGETS

FINDS = sorted(Path(__file__).with_name("finds").glob("*.txt"))


@pytest.mark.parametrize("path", FINDS, ids=lambda path: path.stem)
def test_what_broke_once_is_read(path: Path) -> None:
    name, text = read_find(path)
    TARGETS[name].run(text)


def test_there_are_finds() -> None:
    assert FINDS
