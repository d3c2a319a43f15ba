"""A limit on the clock for a piece of work in this process: an alarm interrupts it, wherever it is, as soon as Python or one of its slow functions looks up.

Programs alone have alarms (`Alarms`): a library leaves the signals of the process to whoever runs it. Without them, and where the platform has none, work takes as long as
it takes.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

Answer = TypeVar("Answer")

_AGAIN = 1.0
"""Seconds after which an alarm rings again: what is raised inside of a finalizer is lost."""


class TooLong(BaseException):
    """The time is over. No `Exception`, so that nothing on the way takes it for a failure of its own."""


class Alarms:
    """Inside, work may be given limits, if the signal for alarms is nobody else's."""

    _on = False
    _ringing = False

    def __enter__(self) -> None:
        self._own = hasattr(signal, "setitimer") and not Alarms._on and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL and _listens()
        Alarms._on = Alarms._on or self._own

    def __exit__(self, *error: object) -> None:
        if self._own:
            Alarms._on = False
            signal.signal(signal.SIGALRM, signal.SIG_DFL)

    @classmethod
    def within(cls, seconds: float, work: Callable[[], Answer], otherwise: Callable[[str], Answer]) -> Answer:
        """What the work gives; where it takes longer, what `otherwise` gives for the reason. The work itself is not given limits inside of another's."""
        if not cls._on or cls._ringing:
            return work()
        try:
            cls._ringing = True
            signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
            try:
                return work()
            finally:
                cls._ringing = False
                signal.setitimer(signal.ITIMER_REAL, 0)
        except TooLong:
            cls._ringing = False
            signal.setitimer(signal.ITIMER_REAL, 0)
        return otherwise(f"took longer than {seconds:g} seconds")


def _listens() -> bool:
    """Listen for alarms; False in a thread that may not."""
    try:
        signal.signal(signal.SIGALRM, _ring)
    except ValueError:
        return False
    return True


def _ring(_number: int, _frame: FrameType | None) -> None:
    if Alarms._ringing:
        raise TooLong
