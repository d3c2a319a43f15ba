"""Connections that are not protected: certificates not checked, credentials over plain http."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.source.nodes import every
from dagcheck_rules.security._detection.names import reading
from dagcheck_rules.security._detection.places import Lines
from dagcheck_rules.security._detection.scope import dotted
from dagcheck_rules.security._detection.slots import Slot, slots
from dagcheck_rules.security._detection.text import called, literal

if TYPE_CHECKING:
    from dagcheck.rule.context import FileContext

_OFF = "the other side is not checked, so anybody on the way can read and change what is sent"
_WORTH = (
    *("verify", "http://", "check_hostname", "cert_reqs", "cert_none", "validate_certs", "check-certificate"),
    *("curl", "_ca_bundle", "unauthorized", "unverified", "tcpconnector"),
)
_SWITCHES = frozenset(
    [
        "verify_ssl",
        "ssl_verify",
        "verify_certs",
        "tls_verify",
        "check_hostname",
        "ssl_check_hostname",
        "validate_certs",
        "verify_tls",
        "verify",
    ]
)
_OTHER_VERIFY = ("jwt", "jose", "mpmath", "scipy", "sympy")
"""Libraries whose `verify` checks a signature or a solution."""
_ENVIRONMENT = {
    "PYTHONHTTPSVERIFY": "0",
    "NODE_TLS_REJECT_UNAUTHORIZED": "0",
    "GIT_SSL_NO_VERIFY": "1",
    "CURL_CA_BUNDLE": "",
    "REQUESTS_CA_BUNDLE": "",
}
_SETTING = late(r"\"(?:verify|verify_ssl|verify_certs|ssl_verify|check_hostname)\"\s{0,3}:\s{0,3}false")
_OPTIONS = late(r"option|extra|kwargs|session|client|request|http|conf")
_COMMAND = late(
    r"\bcurl\b[^\n;|&]{0,200}?\s(?P<curl>-[a-zA-Z]{0,6}k[a-zA-Z]{0,6}|--insecure)(?=\s)|\bwget\b[^\n;|&]{0,200}?\s(?P<wget>--no-check-certificate)\b"
    r"|(?P<git>http\.sslVerify[= ]false|GIT_SSL_NO_VERIFY=(?:1|true))|(?P<env>\b(?:PYTHONHTTPSVERIFY|NODE_TLS_REJECT_UNAUTHORIZED)=['\"]?0)"
)
_PLAIN = late(r"\bhttp://(?:[^\s/@:]{1,100}:[^\s/@]{1,200}@)?(?P<host>[A-Za-z0-9.\-]{3,200})")
_PART = r"(?:\{\{[^{}]{1,200}\}\}|[^\s/@:{}]){1,120}"
_WITH_LOGIN = late(rf"\bhttp://{_PART}:{_PART}@(?P<host>[A-Za-z0-9.\-]{{3,200}})")
_CURL_LOGIN = late(
    r"\bcurl\b[^\n;|&]{0,300}?\s(?:-u|--user|-H\s{1,3}['\"]?(?:Authorization|X-Api-Key))\b[^\n;|&]{0,300}?\bhttp://(?P<host>[A-Za-z0-9.\-]{3,200})"
)
_INSIDE = late(
    r"(?i)^localhost$|^[^.]+$|^(?:127|10)\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\.|^169\.254\.|^0\.0\.0\.0$"
    r"|\.(?:local|internal|lan|intern|corp|svc|localhost|test|invalid|docker|home)$"
)


def weaknesses(context: FileContext) -> dict[Span, str]:
    """The places where protection is switched off or missing, each with the finding's message."""
    if context.source is None or not context.source.mentions(*_WORTH):
        return {}
    return dict((*_in_code(context), *_in_texts(context)))


def _in_code(context: FileContext) -> Iterator[tuple[Span, str]]:
    for node in every(context.tree, ast.Call, ast.Assign, ast.Dict, ast.Attribute):
        match node:
            case ast.Call():
                yield from _in_call(node, context)
            case ast.Assign(targets=[ast.Attribute(attr=name)], value=ast.Constant(value=False) as value) if name in _SWITCHES:
                yield context.span(value), f"`{name}` is off: {_OFF}"
            case ast.Assign(targets=[ast.Attribute(attr="verify_mode")], value=ast.Attribute(attr="CERT_NONE") as none):
                yield context.span(none), f"certificates are not asked for: {_OFF}"
            case ast.Dict():
                yield from _in_dict(node, context, _SWITCHES - {"verify"})
                yield from _in_environment(zip(node.keys, node.values), context)
            case ast.Assign(targets=[ast.Subscript(slice=key)], value=value):
                yield from _in_environment([(key, value)], context)
            case ast.Attribute(attr="_create_unverified_context"):
                yield context.span(node), f"certificates are not checked: {_OFF}"


def _in_environment(pairs: Iterable[tuple[ast.expr | None, ast.expr]], context: FileContext) -> Iterator[tuple[Span, str]]:
    for key, value in pairs:
        name, given = literal(key) if key is not None else None, literal(value)
        if name in _ENVIRONMENT and given == _ENVIRONMENT[name]:
            yield context.span(value), f"`{name}` switches checks off: {_OFF}"


def _in_dict(node: ast.Dict, context: FileContext, names: frozenset[str]) -> Iterator[tuple[Span, str]]:
    for key, value in zip(node.keys, node.values):
        if key is not None and literal(key) in names and isinstance(value, ast.Constant) and value.value is False:
            yield context.span(value), f"`{literal(key)}` is off: {_OFF}"


def _in_call(call: ast.Call, context: FileContext) -> Iterator[tuple[Span, str]]:
    path = context.dotted(call.func) or ""
    for keyword in call.keywords:
        off = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        if off and keyword.arg in _SWITCHES and not path.startswith(_OTHER_VERIFY) and called(call) != "decode":
            yield context.span(keyword.value), f"`{keyword.arg}` is off: {_OFF}"
        elif off and keyword.arg == "ssl" and ("aiohttp" in path or called(call) == "TCPConnector"):
            yield context.span(keyword.value), f"`ssl` is off: {_OFF}"
        elif isinstance(keyword.value, ast.Dict) and keyword.arg and _OPTIONS.search(keyword.arg):
            yield from _in_dict(keyword.value, context, _SWITCHES)
        elif keyword.arg in ("cert_reqs", "ssl_cert_reqs") and dotted(keyword.value).endswith("CERT_NONE"):
            yield context.span(keyword.value), f"certificates are not asked for: {_OFF}"
    addresses = [
        value for value in [*call.args[:2], *(keyword.value for keyword in call.keywords)] if (literal(value) or "").startswith("http://")
    ]
    for address in addresses if _sends_login(call) else ():
        plain = _PLAIN.match(literal(address) or "")
        if plain and not _INSIDE.search(plain.group("host")):
            yield context.span(address), "credentials go over plain http: everybody on the way can read them"


def _sends_login(call: ast.Call) -> bool:
    """Whether a call is given credentials: `auth=`, an authorization header, a password, token or key by name."""
    for keyword in call.keywords:
        empty = isinstance(keyword.value, ast.Constant) and not keyword.value.value
        if not empty and keyword.arg and (keyword.arg == "auth" or (reading(keyword.arg).secret and reading(keyword.arg).firm)):
            return True
        if isinstance(keyword.value, ast.Dict) and keyword.arg in ("headers", "json", "data", "params"):
            names = [literal(key) or "" for key in keyword.value.keys if key is not None]
            if any(name.lower() == "authorization" or (reading(name).secret and reading(name).firm) for name in names):
                return True
    return False


def _in_texts(context: FileContext) -> Iterator[tuple[Span, str]]:
    source = context.source
    if source is None:
        return
    lines = Lines(source)
    for slot in slots(source):
        for start, end, message in _of_text(slot):
            for node, low, high in slot.text.literals(start, end)[:1]:
                yield Span(source.path, *lines.within(node, low, high)), message


def _of_text(slot: Slot) -> Iterator[tuple[int, int, str]]:
    text = slot.text.value
    if slot.around.prose or len(text) > 20_000:
        return
    if slot.around.shell:
        for found in _COMMAND.finditer(text):
            yield found.start(found.lastgroup or 0), found.end(found.lastgroup or 0), f"certificates are not checked: {_OFF}"
    for found in _SETTING.finditer(text) if "false" in text else ():
        yield found.start(), found.end(), f"certificates are not checked: {_OFF}"
    for pattern in (_WITH_LOGIN, _CURL_LOGIN) if "http://" in text else ():
        for found in pattern.finditer(text):
            if not _INSIDE.search(found.group("host")):
                yield found.start("host"), found.end("host"), "credentials go over plain http: everybody on the way can read them"
