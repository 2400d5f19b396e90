"""What two spellings of one website share: by it people's answers find the websites they name."""

from __future__ import annotations

from urllib.parse import urlsplit


def website_key(url: str) -> str:
    """Return what two spellings of one website share.

    Scheme, ``www.``, default port, letter case of the host, fragment and a closing slash are
    dropped.

    Raises:
        ValueError: It is no web address.
    """
    url = url.strip()
    parts = urlsplit(url if "://" in url else f"https://{url}")
    host = (parts.hostname or "").removeprefix("www.")
    if not host or not host.isprintable() or " " in host:
        message = "no host"
        raise ValueError(message)
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{port}{parts.path.rstrip('/')}{query}"
