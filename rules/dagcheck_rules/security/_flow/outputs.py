"""Commands that print secrets."""

from __future__ import annotations

import re

from dagcheck_rules.security._detection.names import reading
from dagcheck_rules.security._detection.slots import Slot

_ECHO = re.compile(r"(?:^|[\n;&|]|&&)\s{0,20}echo\s(?P<said>[^\n;&|>]{0,400})(?P<after>[|>])?")
_CONNECTION = re.compile(
    r"\{\{[^{}]{0,80}\bconn\.[\w.]{1,80}\.(?:password|get_password|get_uri|extra_dejson\.\w*(?:password|secret|token|key)\w*)[^{}]{0,80}\}\}"
)
_VARIABLE = re.compile(r"\{\{[^{}]{0,80}\bvar\.(?:value|json)\.(?P<name>\w{1,80})[^{}]{0,80}\}\}")


def echoed_templates(slot: Slot) -> bool:
    """Whether a shell command echoes a connection's password or a Variable that is named as a secret, to its own output."""
    if not slot.around.shell:
        return False
    for echo in _ECHO.finditer(slot.text.value):
        said = echo.group("said")
        if echo.group("after"):
            continue
        if _CONNECTION.search(said) or any(reading(found.group("name")).firm for found in _VARIABLE.finditer(said)):
            return True
    return False
