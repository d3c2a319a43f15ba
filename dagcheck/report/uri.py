"""Paths as URI references."""

from __future__ import annotations

from urllib.parse import quote


def as_uri(path: str) -> str:
    """A path as a URI reference (RFC 3986): what is not allowed is percent-encoded; an absolute one becomes a `file` URI."""
    quoted = quote(path.encode("utf-8", "surrogateescape"), safe="/~!$&'()*+,;=@:")
    if path.startswith("/"):
        return f"file://{quoted}"
    return f"./{quoted}" if ":" in quoted.split("/")[0] else quoted
