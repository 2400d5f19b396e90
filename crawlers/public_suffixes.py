"""Which part of a host name was registered (publicsuffix.org).

The list is the one that the package tldextract ships; the package itself is not imported, since it
brings an HTTP library along, and costs as much to load as a hundred pages to fetch.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from storage.errors import InvalidInput


def domain_under_suffix(host: str) -> str:
    """Return the public suffix of a host with one label more; empty where no rule covers it.

    Args:
        host: In lower case, in ASCII (``xn--``), without a closing dot.
    """
    rules = _rules()
    labels = host.split(".")
    for k in range(len(labels)):
        suffix = ".".join(labels[k:])
        if f"!{suffix}" in rules:  # an exception: the suffix begins one label later
            return suffix
        if suffix in rules or f"*.{'.'.join(labels[k + 1 :])}" in rules:
            return ".".join(labels[k - 1 :]) if k else ""
    return ""


def is_public_suffix(host: str) -> bool:
    """Tell whether a name is a public suffix itself, under which anybody may register.

    Args:
        host: In lower case, in ASCII (``xn--``), without a closing dot.
    """
    rules = _rules()
    is_wild = f"*.{host.partition('.')[2]}" in rules and f"!{host}" not in rules
    return host in rules or is_wild


@lru_cache(maxsize=1)
def _rules() -> frozenset[str]:
    """Return the rules as they stand in the list, in ASCII."""
    found = find_spec("tldextract")
    path = Path(found.origin).with_name(".tld_set_snapshot") if found and found.origin else None
    if path is None or not path.exists():
        raise InvalidInput(
            "The list of public suffixes is not there: tldextract is missing or incomplete",
            "Install sectorlens anew; its dependencies stand in constraints.txt.",
        )
    lines = (line.split(None, 1) for line in path.read_text(encoding="utf-8").splitlines())
    rules = (words[0] for words in lines if words and not words[0].startswith("//"))
    return frozenset(rule if rule.isascii() else _in_ascii(rule) for rule in rules)


def _in_ascii(rule: str) -> str:
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode()
        for label in rule.split(".")
    )
