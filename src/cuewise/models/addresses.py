"""Addresses of model servers: which are valid, and which are close by."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from cuewise.errors import InputError


def check_base_url(base_url: str) -> str:
    """The address without a trailing slash.

    Raises:
        InputError: it is not a plain http(s) address; one with a password or a query is refused, because
            the address is shown in messages and kept in manifests.
    """
    try:
        parts = urlsplit(base_url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid or re.search(r"[\s\x00-\x1f@?#]", base_url):
        raise InputError(
            "a base URL has the form https://HOST/v1, without password, query or fragment; "
            f"this one, of {len(base_url)} characters, has not"
            + ("" if "//" in base_url else ": put http:// or https:// before it")
        )
    return base_url.rstrip("/")


def is_local(base_url: str) -> bool:
    """Whether an address is on this machine or in a private network, as far as its words tell."""
    host = (urlsplit(base_url).hostname or "").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".lan"))
    return address.is_loopback or address.is_private or address.is_link_local


def proxy_for(base_url: str) -> str | None:
    """The HTTP proxy that the environment (`HTTPS_PROXY`, `NO_PROXY` and so on) names for an address.

    None for one close by: a proxy leads out, not to a server next door.
    """
    parts = urlsplit(base_url)
    if is_local(base_url) or proxy_bypass(parts.hostname or ""):
        return None
    proxy = getproxies().get(parts.scheme, "")
    return proxy if proxy.startswith(("http://", "https://")) else None
