"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from dagcheck.model.errors import ExplainedError


class WriteError(ExplainedError):
    """A file could not be written; the message names it and says why. What was there before is still there."""


def write_text(path: Path, text: str) -> None:
    """Put a text into a file at once; what is no regular file (a device, a pipe) is written as it is. Raises `WriteError`."""
    write_bytes({path: text.encode("utf-8", "backslashreplace")})


def write_bytes(contents: Mapping[Path, bytes]) -> None:
    """Put new bytes into files: all are written beside their places first and then moved there at once, with the old permissions; a link stays a link.

    Raises `WriteError`; then no file is changed.
    """
    staged: dict[Path, str] = {}
    try:
        for path, data in contents.items():
            target = Path(os.path.realpath(path))
            with _explained(path):
                if _is_stream(target):
                    target.write_bytes(data)
                else:
                    staged[target] = _stage(target, data)
        with _undisturbed():
            for target in list(staged):
                with _explained(target):
                    os.replace(staged[target], target)
                del staged[target]
    finally:
        for name in staged.values():
            with contextlib.suppress(OSError):
                os.unlink(name)


def _stage(target: Path, data: bytes) -> str:
    """The bytes in a new file beside the target, with the target's permissions (for a new file: those that the process gives), on the disk."""
    import tempfile

    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _take_after(name, target)
    except BaseException:
        os.unlink(name)
        raise
    return name


def _take_after(name: str, target: Path) -> None:
    """Give the new file the owner and permissions of the old one, as far as the process may; where there is none, what the process gives to new files."""
    try:
        old = target.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        return
    with contextlib.suppress(PermissionError):
        os.chown(name, old.st_uid, old.st_gid)
    os.chmod(name, stat.S_IMODE(old.st_mode))


def _is_stream(target: Path) -> bool:
    try:
        return not stat.S_ISREG(target.stat().st_mode) and not target.is_dir()
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise WriteError(f"{path}: cannot be written: {_reason(error)}; nothing was changed") from error


def _reason(error: OSError) -> str:
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """No Ctrl-C between the first move and the last, so that what belongs together arrives together."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():  # which signals never interrupt
        yield
        return
    came: list[int] = []
    usual = {number: signal.signal(number, lambda which, _frame: came.append(which)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for first in came[:1]:
            signal.raise_signal(first)
