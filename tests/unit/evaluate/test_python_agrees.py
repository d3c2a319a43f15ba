"""Programs that need nothing unknown come out as in Python itself."""

import pytest

from tests.unit.evaluate.programs import PROGRAMS
from tests.unit.evaluate.running import differences


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_known_program_gives_the_names_that_python_gives(name: str) -> None:
    assert differences(PROGRAMS[name]) == {}
