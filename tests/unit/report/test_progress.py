"""The bar of long runs."""

import io

import pytest

from dagcheck.report.progress import Progress


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def told(screen: io.StringIO, seconds: float, *, quiet: bool = False, term: str = "xterm") -> str:
    """What is on the stream after a run of three files that takes so long."""
    clock = Clock()
    progress = Progress(screen, quiet=quiet, environ={"TERM": term}, clock=clock)
    for done in (1, 2, 3):
        clock.now += seconds / 3
        progress(done, 3)
    progress.end()
    return screen.getvalue()


def test_a_long_run_shows_how_far_it_is_and_clears_it_at_the_end() -> None:
    assert told(Screen(), 3.3) == (
        "\r[##########....................] 1 of 3 files\r[####################..........] 2 of 3 files\r[##############################] 3 of 3 files\r\x1b[K"
    )


def test_a_short_run_shows_nothing() -> None:
    assert told(Screen(), 0.9) == ""


@pytest.mark.parametrize(
    ("screen", "quiet", "term"), [(io.StringIO(), False, "xterm"), (Screen(), True, "xterm"), (Screen(), False, "dumb")]
)
def test_nothing_is_shown_where_nobody_looks_or_nobody_wants_it(screen: io.StringIO, quiet: bool, term: str) -> None:
    assert told(screen, 10, quiet=quiet, term=term) == ""
