"""Credentials in HTTP headers: `Authorization: Bearer …`, `Basic …`."""

from __future__ import annotations

from collections.abc import Iterator

from dagcheck.patterns import late
from dagcheck_rules.security._detection.match import Match
from dagcheck_rules.security._detection.names import Kind, Reading
from dagcheck_rules.security._detection.said import may_say
from dagcheck_rules.security._detection.text import from_base64
from dagcheck_rules.security._detection.values import GAP, blank, is_secret, mixed, random_looking, reference
from dagcheck_rules.security._detection.wording import switches

SCHEME = late(
    r"(?i)(?<![\w\-])(?P<scheme>basic|bearer|token|apikey|api-key|negotiate|digest|splunk|genie_?key|klaviyo-api-key|sso-key|oauth|jwt|bot|key|aws4-hmac-sha256|ntlm|ssws|pat|key(?==))(?:\s{1,4}|:\s{0,3}|\s{0,2}token\s{0,2}=\s{0,2})[\"']?(?P<value>[A-Za-z0-9\-._~+/=!@#$%^&*:|]{6,4000})"
)
_NAMED = late(r"(?i)authorization[\"']?\s{0,2}[:=]\s{0,2}[\"']?$")
FIRST = frozenset(
    word + end
    for word in (
        *("basic", "bearer", "token", "apikey", "api", "negotiate", "digest", "splunk", "geniekey", "genie_key", "klaviyo", "sso", "oauth"),
        *("jwt", "bot", "key", "aws4", "ntlm", "ssws", "pat"),
    )
    for end in ("", "token")
)
"""The words that a scheme may begin with."""
_SCHEMES = ("basic", "bearer", "token", "key", "negotiate", "splunk", "oauth", "jwt", "bot", "ssws", "pat", "digest")


def in_headers(text: str, *, header: bool) -> Iterator[Match]:
    """Credentials behind the name of a scheme. `header` says that the text is an authorization header's value, so that every scheme counts."""
    if not may_say(text, FIRST):
        return
    lower = text.lower()
    if not any(scheme in lower for scheme in _SCHEMES):
        return
    for found in SCHEME.finditer(text):
        scheme, value = found.group("scheme").lower(), found.group("value").rstrip("\"'.,;")
        named = (header and found.start() == 0) or bool(_NAMED.search(text, max(0, found.start() - 24), found.start()))
        if GAP in value or (scheme not in ("basic", "bearer") and not named):
            continue
        good = _basic(value) if scheme == "basic" else _bearer(value)
        if good:
            yield Match(
                found.start("value"),
                found.start("value") + len(value),
                "a credential in an authorization header",
                "DAG404",
                name="Authorization",
            )


def _basic(value: str) -> bool:
    decoded = from_base64(value)
    if decoded is None or ":" not in decoded:
        return not decoded and not blank(value) and random_looking(value, 16)
    user, _, password = decoded.partition(":")
    return is_secret(password, Reading(Kind.PASSWORD, firm=True)) and user != password


def _bearer(value: str) -> bool:
    if blank(value) or reference(value):
        return False
    return random_looking(value, 16) or (mixed(value, 10) and switches(value) > 0.2)
