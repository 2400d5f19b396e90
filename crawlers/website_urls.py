"""Addresses of web pages: their tidy form, what makes two of them the same, whose site they are on.

Pure. Tidying follows RFC 3986 where browsers do: white space stripped, host in lower case, default
port, fragment, user name and tracking parameters dropped, what need not be encoded decoded, dot
segments resolved.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

from crawlers.public_suffixes import domain_under_suffix

if TYPE_CHECKING:
    from collections.abc import Container

MAX_URL_LENGTH = 1000
MAX_REDIRECT_LENGTH = 4000  # consent and language services pass on whole addresses in theirs
MAX_UNICODE_HOST = 80  # characters; encoding one takes time by the square of its length
DEFAULT_PORTS = {"http": 80, "https": 443}

_TRACKING = re.compile(
    r"(utm_\w*|gclid|gbraid|wbraid|fbclid|msclkid|yclid|dclid|mc_cid|mc_eid|_ga|_gl|igshid"
    # A short number is no session but a section: `?sid=12`.
    r"|phpsessid|jsessionid|sid(?!=\d{1,5}$)|sessionid|session_id|osclid|zenid|print|printable"
    r"|_hs\w*)(?:=|$)",
    re.IGNORECASE,
)
_PATH_SESSION = re.compile(
    r";(jsessionid|phpsessid|sid)=[^/?;]*|/\([A-Za-z]\([A-Za-z0-9]{8,64}\)\)(?=/|$)", re.IGNORECASE
)
# A code as first directory is a session: no webmaster names one so.
_SESSION_DIRECTORY = re.compile(r"^/(?=[a-z]*\d)[a-z\d]{20,}(?=/.)")
# Letters, digits and ``-._~`` mean the same encoded (RFC 3986, 2.3), so `/a/%2e%2e/b` is `/b`.
_ENCODED_PLAIN = re.compile("%(?:3[0-9]|[46][1-9A-F]|[57][0-9A]|2[DE]|5F|7E)", re.IGNORECASE)
_SLASHES = re.compile("/{2,}")
_INDEX_PAGE = re.compile(r"/(index|default)\.(html?|php\d?|aspx?|jsp|xhtml|shtml)$")
_UNSAFE = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]|%(?![0-9A-Fa-f]{2})")
_BREAKS = re.compile(r"[\t\r\n]+")  # browsers take them out of addresses; spaces stay
_FULL_NAME = re.compile(r"^([^/?#:\[\]]+)\.(?=[/?#:]|$)")  # a host with the dot behind it
_MANY_SLASHES = re.compile(r"^(https?:)/{3,}", re.IGNORECASE)  # two of which browsers take
_BACKSLASHES = re.compile(r"^[^?#]*")  # in which they are slashes, as in browsers
# What stands on the host of whatever it is relative to, and needs nothing resolved.
_PLAIN_PATH = re.compile(r"/(?![/.])(?:[A-Za-z0-9\-_~%?=&+,.#]|/(?![/.]))*+")
# What next to all addresses are: in tidy form as they stand.
_TIDY = re.compile(r"https?://[a-z0-9_](?:[a-z0-9_.\-]*[a-z0-9_])?(?:/(?!\.)[A-Za-z0-9\-._~]*+)++")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.\-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\]")


def tidy_url(
    url: str, base: str = "", *, longest: int = MAX_URL_LENGTH, keeps_session: bool = False
) -> str | None:
    """Return the address in its tidy form, or None where it is none that can be crawled.

    Args:
        url: As found, relative or absolute.
        base: What it is relative to.
        longest: Characters that it may have.
        keeps_session: Whether sessions and tracking stay in it.
    """
    try:
        written = "".join([part.strip() for part in _BREAKS.split(url)])
        if "\\" in written:
            written = _BACKSLASHES.sub(_as_slashes, written)
        if base and _PLAIN_PATH.fullmatch(written):
            joined = origin(base) + written
        else:
            if ":///" in written:
                written = _MANY_SLASHES.sub(r"\1//", written)
            joined = urljoin(base, written) if base else written
        if len(joined) > longest:
            return None
        return joined if _TIDY.fullmatch(joined) else _tidy(joined, keeps_session)
    except ValueError:  # not an address: bad port, bad brackets, a host that no rule encodes
        return None


def _as_slashes(found: re.Match[str]) -> str:
    return found[0].replace("\\", "/")


def _tidy(url: str, keeps_session: bool) -> str | None:
    if url[:4].lower() != "http":
        return None
    if _UNSAFE.search(url):
        host = urlsplit(url).netloc
        if not host.isascii():
            if len(host) > MAX_UNICODE_HOST:
                return None
            url = url.replace(host, _in_ascii(host), 1)
        from w3lib.url import safe_url_string  # loads a client of HTTP, which few addresses need

        url = safe_url_string(url)
    if "%" in url:
        url = _ENCODED_PLAIN.sub(lambda found: chr(int(found[0][1:], 16)), url)
    parts = urlsplit(url)
    host = (parts.hostname or "").removesuffix(".")  # of a name in full
    if parts.scheme not in DEFAULT_PORTS or parts.username is not None:
        return None
    host = f"[{host}]" if ":" in host else host
    if not _HOST.fullmatch(host):
        return None
    port = parts.port
    if port == 0:
        return None
    place = host if port in {None, DEFAULT_PORTS[parts.scheme]} else f"{host}:{port}"
    path = _without_dots(parts.path if keeps_session else _PATH_SESSION.sub("", parts.path)) or "/"
    query = parts.query if keeps_session else _without_tracking(parts.query)
    return f"{parts.scheme}://{place}{path}" + (f"?{query}" if query else "")


def _in_ascii(host: str) -> str:
    """Return a host (and port) as browsers ask for it: ``ß`` is a letter, and not ``ss``."""
    import idna  # its tables take their time to load, and few addresses need them

    name, colon, port = host.partition(":")
    try:
        return idna.encode(name, uts46=True).decode() + colon + port
    except idna.IDNAError:  # a sign that only the older rules know, as emoji
        return host


def _without_dots(path: str) -> str:
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    tail = "/" if segments[-1] in {".", ".."} and kept[-1:] != [""] else ""
    return "/".join(kept) + tail


def _without_tracking(query: str) -> str:
    if not query:
        return ""
    kept = [p for p in query.split("&") if p and not _TRACKING.match(p)]
    return "&".join(kept)


@lru_cache(maxsize=4096)
def url_key(url: str) -> str:
    """Return what two addresses of the same page share.

    Scheme, ``www.``, the case of letters in the path, a closing or a doubled slash, the name of an
    index page, an index page that stands before a path as if it were a directory, a first directory
    that is a session's code and the order of parameters do not count.

    Args:
        url: In tidy form, or of a route (`fragment_routes`).
    """
    parts = urlsplit(url)
    path = _INDEX_PAGE.sub("/", parts.path.lower()).rstrip("/")
    if path.startswith("/index.php/"):
        path = path.removeprefix("/index.php")
    if "//" in path:
        path = _SLASHES.sub("/", path)
    if len(path) > 20:
        path = _SESSION_DIRECTORY.sub("", path)
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    route = f"#{parts.fragment}" if parts.fragment else ""
    return f"{without_www(parts.netloc)}{path}?{query}{route}"


def without_www(host: str) -> str:
    """Return a host name without a leading ``www.``."""
    return host.removeprefix("www.")


def origin(url: str) -> str:
    """Return scheme, host and port of a tidy URL: what a robots.txt speaks for."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}"


def port_of(parts: SplitResult) -> int:
    """Return the port that an address is asked at."""
    return parts.port or DEFAULT_PORTS[parts.scheme]


class AskedAddress(NamedTuple):
    """A tidy URL taken apart as a request needs it.

    Attributes:
        place: Host, and port where it is not its scheme's own.
        host: Without brackets.
        target: Path and query.
    """

    scheme: str
    place: str
    host: str
    port: int
    target: str


# What next to all are, taken apart in a quarter of the time.
_ORDINARY = re.compile(r"(https?)://(([a-z0-9_.\-]+)(?::([1-9][0-9]{0,3}))?)(/[^#\s]*+)(?<!\?)")


@lru_cache(maxsize=1024)
def read_address(url: str) -> AskedAddress:
    """Return a tidy URL taken apart; each is asked for by several, one after the other."""
    if found := _ORDINARY.fullmatch(url):
        scheme, place, host, port, target = found.groups()
        return AskedAddress(scheme, place, host, int(port or DEFAULT_PORTS[scheme]), target)
    parts = urlsplit(url)
    path = parts.path or "/"
    return AskedAddress(
        scheme=parts.scheme,
        place=parts.netloc,
        host=parts.hostname or "",
        port=port_of(parts),
        target=f"{path}?{parts.query}" if parts.query else path,
    )


def is_address_literal(host: str) -> bool:
    """Tell whether a host is an IP address in any spelling that the system resolves as one."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return bool(re.fullmatch(r"(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+)){0,3}", host))
    return True


@lru_cache(maxsize=2048)
def registrable_domain(host: str) -> str:
    """Return the domain that was registered, e.g. ``example.co.uk`` for ``shop.example.co.uk``.

    IP addresses, and names under no public suffix, stand for themselves (without ``www.``).
    """
    if is_address_literal(host):
        return host
    return domain_under_suffix(host.rstrip(".")) or without_www(host)


def start_urls(website_url: str, *, scheme_given: bool) -> list[str]:
    """Return the addresses at which a website's start page may stand, in the order to try them.

    Args:
        website_url: Of the register, in normal form.
        scheme_given: False where the register named none: https is tried first, then http.
    """
    scheme, _, rest = website_url.partition("://")
    rest = _FULL_NAME.sub(r"\1", rest)  # few servers know themselves by it
    if scheme_given:
        return [f"{scheme}://{rest}"]
    return [f"https://{rest}", f"http://{rest}"]


def other_www(url: str) -> str | None:
    """Return the address with ``www.`` added or taken away; None where that makes no sense."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_address_literal(host) or "." not in host:
        return None
    scheme, _, rest = url.partition("://")
    if host.startswith("www."):
        return f"{scheme}://{rest.removeprefix('www.')}"
    return f"{scheme}://www.{rest}" if registrable_domain(host) == host else None


@dataclass(frozen=True, kw_only=True)  # without slots, for what is found out once
class SiteScope:
    """Which addresses belong to one website.

    Attributes:
        hosts: The register's, and that of the start page reached.
        ports: 80, 443 and the one that the register names.
        home: Scheme, host and port of the start page reached; links to the same host are asked
            there, which spares a redirect each.
        path_prefix: Where several websites share a host, the directory of this one; else ``/``.
        own_hosts: The same without ``www.``.
        foreign_hosts: Hosts (without ``www.``) that are websites of this crawl.
    """

    hosts: frozenset[str]
    ports: frozenset[int]
    home: str
    own_hosts: frozenset[str]
    path_prefix: str = "/"
    foreign_hosts: Container[str] = frozenset()

    @cached_property
    def domains(self) -> frozenset[str]:
        """Return the registrable domains of the hosts.

        Found out when an address is looked at first: where nothing changed, none is, and the list
        of public suffixes need not be read.
        """
        return frozenset(map(registrable_domain, self.hosts))

    def holds(self, url: str) -> bool:
        """Tell whether a tidy URL is on this website."""
        return read_address(url).target.startswith(self.path_prefix) and self.holds_host(url)

    def holds_host(self, url: str) -> bool:
        """Tell whether a tidy URL is on a host of this website, in whatever directory."""
        asked = read_address(url)
        host = asked.host
        bare = without_www(host)
        return (
            asked.port in self.ports
            and (bare in self.own_hosts or bare not in self.foreign_hosts)
            and registrable_domain(host) in self.domains
        )

    @cached_property
    def home_host(self) -> str:
        """Return the host of the start page reached, without ``www.``."""
        return without_www(urlsplit(self.home).hostname or "")

    def is_at_home(self, url: str) -> bool:
        """Tell whether a tidy URL is on the host of the start page reached, but for ``www.``."""
        return without_www(read_address(url).host) == self.home_host

    def at_home(self, url: str) -> str:
        """Return a tidy URL moved to the home origin where its host is the same but for www."""
        asked = read_address(url)
        has_port = asked.place.endswith(f":{asked.port}")
        if has_port or self._has_home_port or without_www(asked.host) != self.home_host:
            return url
        return self.home + url[len(origin(url)) :]

    @cached_property
    def _has_home_port(self) -> bool:
        return urlsplit(self.home).port is not None


def scope_of(
    website_url: str, final_url: str, *, shared: bool, foreign: Container[str]
) -> SiteScope:
    """Return the scope of a website whose start page was reached.

    Args:
        website_url: Of the register.
        final_url: Of the start page reached.
        shared: Whether other websites of the crawl stand on the same host.
        foreign: Hosts (without ``www.``) of the crawl's websites.
    """
    asked, reached = urlsplit(website_url), urlsplit(final_url)
    first = reached.path.split("/")[1]
    directory = reached.path.rsplit("/", 1)[0] + "/"
    prefix = directory if shared else f"/{first}/" if first.startswith("~") else "/"
    hosts = frozenset({asked.hostname or "", reached.hostname or ""})
    return SiteScope(
        hosts=hosts,
        ports=frozenset({80, 443, port_of(asked)}),
        home=origin(final_url),
        own_hosts=frozenset(without_www(host) for host in hosts),
        path_prefix=prefix,
        foreign_hosts=foreign,
    )
