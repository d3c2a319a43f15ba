"""`logging`, `warnings`, `sys`, `platform`, `socket`, `subprocess` and their like: without effect, or known only to the machine."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.evaluate.stdlib.modelling import Inert, InertClass, natives, taken, unknown_names
from dagcheck.evaluate.values import Arguments, Native, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

NUMBERS = {"NOTSET": 0, "DEBUG": 10, "INFO": 20, "WARNING": 30, "WARN": 30, "ERROR": 40, "CRITICAL": 50, "FATAL": 50}
"""The levels of `logging`, as its documentation has them."""
LEVELS = ("debug", "info", "warning", "warn", "error", "exception", "critical", "log", "fatal")


class Logger(Inert):
    """A logger: writing to it is noted, everything else has no effect."""

    __slots__ = ()

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in LEVELS:
            return Native(f"logger.{name}", _logs)
        if name in ("name", "level"):
            return self.name if name == "name" else NUMBERS["NOTSET"]
        if name in ("getChild", "getLogger"):
            return Native(name, lambda i, _: Logger(self.name))
        return super().get_attr(interp, name)


def _logs(interp: Interpreter, arguments: Arguments) -> Value:
    interp.note("output", "logging")


def _get_logger(interp: Interpreter, arguments: Arguments) -> Value:
    name = arguments.get(0, "name")
    return Logger(name if isinstance(name, str) else "root")


def logging_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `logging` (and of `loguru`'s and `structlog`'s ways to a logger)."""
    classes = ("Handler", "StreamHandler", "FileHandler", "Formatter", "Filter", "LoggerAdapter", "Logger", "NullHandler")
    inert = (
        "basicConfig",
        "config",
        "handlers",
        "captureWarnings",
        "disable",
        "root",
        "addLevelName",
        "setLoggerClass",
        "getLevelName",
        "shutdown",
    )
    return {
        **NUMBERS,
        **natives(dict.fromkeys(LEVELS, _logs)),
        **natives({"getLogger": _get_logger, "get_logger": _get_logger}),
        **{name: InertClass(f"logging.{name}") for name in classes},
        **{name: Inert(f"logging.{name}") for name in inert},
        "logger": Logger("loguru"),
    }


def logging_parts(interp: Interpreter) -> dict[str, Value]:
    """The names of `logging.config` and `logging.handlers`."""
    handlers = ("RotatingFileHandler", "TimedRotatingFileHandler", "SysLogHandler", "SMTPHandler", "QueueHandler")
    return {**{name: InertClass(f"logging.{name}") for name in handlers}, **{name: Inert(name) for name in ("dictConfig", "fileConfig")}}


def warnings_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `warnings`."""
    names = [name for name in warnings.__all__ if name != "deprecated"]
    return {**{name: Inert(f"warnings.{name}") for name in names}, **natives({"deprecated": _identity_decorator})}


def _identity_decorator(interp: Interpreter, arguments: Arguments) -> Value:
    return Native("deprecated", lambda i, inner: inner.get(0, "arg"))


class PythonVersion(Object):
    """`sys.version_info`: Python 3; which 3.x runs the file is known only as far as all that Airflow runs on agree."""

    __slots__ = ()

    OLDEST, NEWEST = (3, 8), (3, 14)

    def describe(self) -> str:
        return "sys.version_info"

    def _unknown(self, interp: Interpreter) -> Unknown:
        return interp.unknown("the version of Python", "environment", name="sys.version_info")

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return 3 if name == "major" else self._unknown(interp)

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return 3 if key == 0 else self if isinstance(key, slice) and key.start is None else self._unknown(interp)

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        if not isinstance(other, tuple) or operator not in ("<", "<=", ">", ">=", "==", "!="):
            return self._unknown(interp)
        below, above = other[:2] <= self.OLDEST, other[:2] > self.NEWEST
        if not below and not above:
            return self._unknown(interp)
        greater = operator in (">", ">=", "!=") if below else operator in ("<", "<=", "!=")
        return greater if not reflected else operator in ("<", "<=", "!=") if below else operator in (">", ">=", "!=")


class ModuleTable(Object):
    """`sys.modules`: what was imported so far."""

    __slots__ = ()

    def describe(self) -> str:
        return "sys.modules"

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        found = interp.modules.get(key) if isinstance(key, str) else None
        return interp.unknown("a module that was not imported here", "import") if found is None else found

    def contains(self, interp: Interpreter, item: Value) -> Value:
        return True if item in interp.modules else interp.unknown("which modules are loaded", "environment", name="sys.modules")

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("get", "pop", "setdefault"):
            return Native(name, lambda i, arguments: self.get_item(i, arguments.get(0, "key")))
        return super().get_attr(interp, name)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return interp.unknown("which modules are loaded", "environment", name="sys.modules")


def _exit(interp: Interpreter, arguments: Arguments) -> Value:
    raise interp.raises(SystemExit(*[arg for arg in arguments.args if isinstance(arg, int | str)]))  # type: ignore[arg-type] # no Exception


def sys_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `sys`."""
    machine = ("argv", "platform", "executable", "prefix", "base_prefix", "version", "hexversion", "stdin", "implementation", "flags")
    return {
        **{name: interp.unknown(f"sys.{name} depends on the machine", "environment", name=f"sys.{name}") for name in machine},
        "path": [str(root) for root in interp.project.roots],
        "version_info": PythonVersion(),
        "modules": ModuleTable(),
        "maxsize": sys.maxsize,
        "byteorder": "little",
        **{name: Inert(f"sys.{name}") for name in ("stdout", "stderr", "setrecursionlimit", "settrace", "addaudithook")},
        **{name: [Inert(f"an importer of sys.{name}")] for name in ("path_hooks", "meta_path")},
        **natives({"exit": _exit, "intern": lambda i, arguments: taken(i, arguments, 1)[0]}),
        **unknown_names("getsizeof getrecursionlimit exc_info _getframe getdefaultencoding getfilesystemencoding", "environment", "sys"),
    }


def platform_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `platform`."""
    return unknown_names(
        "system node release version machine processor platform uname python_version python_version_tuple", "environment", "platform"
    )


def socket_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `socket`."""
    return {
        **unknown_names("gethostname getfqdn", "environment", "socket"),
        **unknown_names("gethostbyname create_connection socket getaddrinfo", "environment", "socket", "network"),
    }


def getpass_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `getpass`."""
    return unknown_names("getuser getpass", "environment", "getpass")


def subprocess_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `subprocess`."""
    return {
        **unknown_names("run call check_call check_output Popen getoutput getstatusoutput", "environment", "subprocess", "subprocess"),
        "PIPE": -1,
        "STDOUT": -2,
        "DEVNULL": -3,
        "CalledProcessError": ChildError,
        "TimeoutExpired": ChildError,
    }


class ChildError(Exception):
    """`subprocess.CalledProcessError`."""
