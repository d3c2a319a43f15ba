"""Modules of pure functions (`string`, `textwrap`, `html`, `base64`, `hashlib`, `urllib.parse`, `math`, `decimal`, …) and of random ones.

Each is loaded when a program imports it: together they take as long as looking at ten files.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate import plain
from dagcheck.evaluate.stdlib.builtin_types import BuiltinType
from dagcheck.evaluate.stdlib.modelling import bounded_names, guarded, natives, pure_names, submodule, unknown_names
from dagcheck.evaluate.values import Arguments, Value

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

MAX_FACTORIAL = 2_000


@cache
def _type(real: type) -> BuiltinType:
    """The model of a class, of which there is one."""
    return BuiltinType(real)


def string_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `string`."""
    import string

    constants = "ascii_letters ascii_lowercase ascii_uppercase digits hexdigits octdigits printable punctuation whitespace capwords"
    return {**pure_names(string, constants), "Template": _type(string.Template), "Formatter": _type(string.Formatter)}


def textwrap_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `textwrap`."""
    import textwrap

    return bounded_names(textwrap, "dedent indent fill wrap shorten")


def html_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `html`."""
    import html

    return pure_names(html, "escape unescape")


def base64_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `base64`."""
    import base64

    names = "b64encode b64decode urlsafe_b64encode urlsafe_b64decode standard_b64encode standard_b64decode b32encode b32decode b16encode b16decode"
    return pure_names(base64, names)


def zlib_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `zlib` that give numbers."""
    import zlib

    return pure_names(zlib, "crc32 adler32")


def binascii_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `binascii`."""
    import binascii

    return {**pure_names(binascii, "hexlify unhexlify crc32 b2a_hex a2b_hex"), "Error": binascii.Error}


class Hash:
    """The digest of known bytes."""

    def __init__(self, name: str, data: bytes = b"") -> None:
        import hashlib

        self.real = hashlib.new(name, data, usedforsecurity=False)
        self.name = name
        self.digest_size = self.real.digest_size

    def update(self, data: bytes) -> None:
        self.real.update(data)

    def hexdigest(self, *length: int) -> str:
        return self.real.hexdigest(*length)

    def digest(self, *length: int) -> bytes:
        return self.real.digest(*length)


def _hash_method(interp: Interpreter, value: Any, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if any(isinstance(arg, int) and arg > 10_000 for arg in args):
        return interp.unknown("a very long digest", "budget")
    return NotImplemented


plain.METHODS[Hash] = _hash_method


def hashlib_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `hashlib`."""
    kinds = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_256", "sha3_512")
    found: dict[str, Value] = {kind: guarded(kind, _hasher(kind), lambda *_, **__: False) for kind in kinds}
    return {**found, "new": guarded("new", lambda name, data=b"", **_: Hash(name, data), lambda *_, **__: False)}


def _hasher(kind: str) -> Any:
    return lambda data=b"", **_: Hash(kind, data)


def url_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `urllib.parse`."""
    import urllib.parse

    return pure_names(
        urllib.parse, "quote quote_plus unquote unquote_plus urlencode urlparse urlunparse urlsplit urlunsplit urljoin parse_qs parse_qsl"
    )


def urllib_names(interp: Interpreter) -> dict[str, Value]:
    """The package `urllib`."""
    return {"parse": submodule(interp, "urllib.parse")}


def _big_factorial(number: Any, *rest: Any) -> bool:
    return isinstance(number, int) and number > MAX_FACTORIAL


def math_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `math`."""
    import math

    names = [name for name in dir(math) if not name.startswith("_") and name not in ("factorial", "comb", "perm", "prod", "pow")]
    large = {name: guarded(name, getattr(math, name), _big_factorial) for name in ("factorial", "comb", "perm")}
    return {**pure_names(math, names), **large, **pure_names(math, "pow prod")}


def decimal_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `decimal`."""
    import decimal

    rounding = [name for name in dir(decimal) if name.startswith("ROUND_")]
    return {"Decimal": _type(decimal.Decimal), **pure_names(decimal, [*rounding, "InvalidOperation", "DivisionByZero"])}


def fractions_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `fractions`."""
    import fractions

    return {"Fraction": _type(fractions.Fraction)}


def statistics_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `statistics`."""
    import statistics

    return pure_names(statistics, "mean median mode stdev variance pstdev fmean quantiles")


def unicode_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `unicodedata`."""
    import unicodedata

    return pure_names(unicodedata, "normalize category name lookup combining")


def shlex_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `shlex`."""
    import shlex

    return bounded_names(shlex, "quote split join")


def difflib_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `difflib`."""
    import difflib

    return bounded_names(difflib, "get_close_matches", 1_000)


def _no_output(interp: Interpreter, arguments: Arguments) -> Value:
    interp.note("output", "pprint")


def pprint_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `pprint`."""
    import pprint

    return {**pure_names(pprint, "pformat"), **natives({"pprint": _no_output, "pp": _no_output})}


def ast_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `ast` that make values; trees are not followed."""
    import ast

    return {
        "literal_eval": guarded("literal_eval", ast.literal_eval, lambda text: isinstance(text, str) and len(text) > 1_000_000),
        **natives(dict.fromkeys(("parse", "walk", "dump", "unparse"), lambda i, _: i.unknown("syntax trees are not followed"))),
    }


def random_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `random`."""
    names = "random randint randrange choice choices sample uniform gauss getrandbits betavariate expovariate normalvariate triangular"
    return {
        **unknown_names(names, "random", "random", "random"),
        **natives({"seed": lambda i, _: None, "shuffle": _shuffle}),
        **unknown_names("Random SystemRandom", "random", "random"),
    }


def _shuffle(interp: Interpreter, arguments: Arguments) -> Value:
    items = arguments.get(0, "x")
    interp.note("random", "random.shuffle")
    interp.state.touch(items)
    interp.state.blur(items, interp.unknown("random.shuffle() differs at each parse", "random", name="random.shuffle"))


def secrets_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `secrets`."""
    return unknown_names("token_hex token_urlsafe token_bytes choice randbelow randbits SystemRandom", "random", "secrets", "random")


def uuid_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `uuid`."""
    import uuid

    return {
        **unknown_names("uuid1 uuid4 uuid6 uuid7 uuid8", "random", "uuid", "random"),
        **unknown_names("getnode", "environment", "uuid"),
        **pure_names(uuid, "uuid3 uuid5 NAMESPACE_DNS NAMESPACE_URL NAMESPACE_OID NAMESPACE_X500"),
        "UUID": _type(uuid.UUID),
    }
