"""The normal form of a website's address, and what cannot be one (pure).

The form is contract.md's: scheme added, host lower-cased (and in its ASCII form), default port and
fragment dropped, ``/`` where there is no path. What a crawler may visit is not decided here:
private addresses are importable.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote

import idna

LONGEST_URL = 2048  # characters; longer ones are refused by common servers and browsers
DEFAULT_PORTS = {"http": 80, "https": 443}

# What registers write where there is no website; compared in lower case.
PLACEHOLDERS = frozenset(
    {"-", "--", ".", "/", "?", "0", "n/a", "na", "n.a.", "none", "no", "null", "nil", "unknown"}
    | {"http://", "https://", "www", "www."}
)

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER_LABEL = re.compile(r"0x[0-9a-f]*|[0-9]+")
_BLANK_OR_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0]")
_AUTHORITY_END = re.compile(r"[/?#]|$")
# RFC 3986: what may stand in path and query as it is; anything else is percent-encoded there.
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]")


def websites_of(cell: str) -> list[str]:
    """Return the addresses that a register cell names, as written; none for a placeholder."""
    return [word for word in cell.split() if word.lower() not in PLACEHOLDERS]


def normal_form(address: str) -> tuple[str, bool]:
    """Return an address in its normal form, and whether a scheme was given.

    Args:
        address: One address as the register writes it, without white space.

    Returns:
        The URL (ASCII only) and False where ``https`` had to be added.

    Raises:
        ValueError: It cannot be the address of a website; the message says why, as a clause.
    """
    _refuse_foreign_characters(address)
    scheme, rest, scheme_given = _split_scheme(address)
    authority, tail = _split_authority(rest)
    host, port = _split_port(authority)
    host = _host(host, scheme_given=scheme_given)
    shown_port = "" if port in (None, DEFAULT_PORTS[scheme]) else f":{port}"
    url = f"{scheme}://{host}{shown_port}{_percent_encoded(tail)}"
    if len(url) > LONGEST_URL:
        raise ValueError(f"is longer than {LONGEST_URL} characters")
    return url, scheme_given


def _refuse_foreign_characters(address: str) -> None:
    if len(address) > LONGEST_URL:
        raise ValueError(f"is longer than {LONGEST_URL} characters")
    if "\\" in address:
        raise ValueError("holds a backslash")
    if _BLANK_OR_CONTROL.search(address):
        raise ValueError("holds white space or a control character")


def _split_scheme(address: str) -> tuple[str, str, bool]:
    if match := _SCHEME.match(address):
        scheme = match[1].lower()
        if scheme not in DEFAULT_PORTS:
            raise ValueError(f"has the scheme {scheme}: only http and https are websites")
        return scheme, address[match.end() :], True
    return "https", address.removeprefix("//"), False


def _split_authority(rest: str) -> tuple[str, str]:
    end = _AUTHORITY_END.search(rest)
    place = end.start() if end else len(rest)
    tail = rest[place:].partition("#")[0]
    return rest[:place], tail if tail.startswith("/") else "/" + tail


def _split_port(authority: str) -> tuple[str, int | None]:
    if "@" in authority:
        raise ValueError("holds a user name or password, or is an e-mail address")
    host, colon, port = authority.rpartition(":")
    if not colon or authority.endswith("]"):
        return authority, None
    if not port:
        return host, None
    if not (port.isascii() and port.isdigit() and len(port) <= 8 and 1 <= int(port) <= 65535):
        raise ValueError("has a port that is no number from 1 to 65535")
    return host, int(port)


def _host(host: str, *, scheme_given: bool) -> str:
    if not host:
        raise ValueError("names no host")
    if host.startswith("["):
        return _ipv6(host)
    if not host.isascii():
        host = _ascii_form(host)
    host = host.lower()
    labels = host.removesuffix(".").split(".")
    if _NUMBER_LABEL.fullmatch(labels[-1]):
        _refuse_impossible_ipv4(host, labels, scheme_given=scheme_given)
        return host
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("has an impossible host name")
    if not all(_decodes(label) for label in labels if label.startswith("xn--")):
        raise ValueError("has a host name whose xn-- part does not decode")
    if len(labels) == 1 and labels[0] != "localhost":
        raise ValueError("has a host name without a dot")
    return host


def _ipv6(host: str) -> str:
    try:
        ipaddress.IPv6Address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise ValueError("has an impossible IPv6 address") from None
    if "%" in host or not host.endswith("]"):
        raise ValueError("has an impossible IPv6 address")
    return host.lower()


def _ascii_form(host: str) -> str:
    # UTS 46 as browsers do it, so that full-width digits and dots come out as what they stand for.
    try:
        mapped = idna.uts46_remap(host, std3_rules=False, transitional=False)
        return mapped if mapped.isascii() else idna.encode(mapped).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise ValueError("has a host name with letters that no domain can hold") from None


def _refuse_impossible_ipv4(host: str, labels: list[str], *, scheme_given: bool) -> None:
    # Decimal, octal and hexadecimal spellings reach the same machine as dotted ones, so they are
    # importable; without a scheme they are more likely a stray number in the column.
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        parts = [_number(label) for label in labels]
        largest_last = 256 ** (5 - len(parts)) if len(parts) <= 4 else 0
        possible = all(part < 256 for part in parts[:-1]) and parts[-1] < largest_last
        if not (scheme_given and possible):
            raise ValueError("has an impossible IPv4 address") from None


def _number(label: str) -> int:
    if not _NUMBER_LABEL.fullmatch(label) or len(label) > 14:
        return 256**4
    try:
        if label.startswith("0x"):
            return int(label[2:] or "0", 16)
        return int(label, 8 if label.startswith("0") else 10)
    except ValueError:
        return 256**4


def _decodes(label: str) -> bool:
    try:
        return bool(label.removeprefix("xn--").encode("ascii").decode("punycode"))
    except UnicodeError:
        return False


def _percent_encoded(tail: str) -> str:
    return _NOT_PLAIN.sub(lambda sign: quote(sign[0], safe=""), tail)
