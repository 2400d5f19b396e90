"""Cookies of one visit: kept while it lasts, sent to nobody but the website that set them."""

from __future__ import annotations

from email.message import Message
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, cast
from urllib.request import Request

from crawlers.public_suffixes import domain_under_suffix

if TYPE_CHECKING:
    from storage.page_archive import Headers

MAX_COOKIES = 50
MAX_COOKIE_BYTES = 4096  # of one `Set-Cookie` field, and of what is sent back


class VisitCookies:
    """What a website asked to be sent back; a second visit begins without it."""

    def __init__(self) -> None:
        self._jar = CookieJar(_OwnDomainsOnly(strict_domain=True))
        self._n_taken = 0

    def __len__(self) -> int:
        return len(self._jar)

    def take(self, url: str, headers: Headers) -> None:
        """Take over what an answer sets.

        Args:
            url: That was asked.
            headers: Of the answer.
        """
        fields = Message()
        for name, value in headers:
            if name.lower() == "set-cookie" and len(value) <= MAX_COOKIE_BYTES:
                fields["Set-Cookie"] = value
        if len(self._jar) < MAX_COOKIES and len(fields) <= MAX_COOKIES:
            self._jar.extract_cookies(cast("Any", _AnswerWith(fields)), Request(url))  # noqa: S310 - nothing is opened

    def header(self, url: str) -> str:
        """Return the value of `Cookie` for a request to an address; empty where none belongs."""
        request = Request(url)  # noqa: S310 - nothing is opened
        self._jar.add_cookie_header(request)
        value = request.get_header("Cookie") or ""
        return value if len(value) <= MAX_COOKIE_BYTES and value.isprintable() else ""


class _OwnDomainsOnly(DefaultCookiePolicy):
    """Refuses cookies for a domain that many websites stand under (``github.io``)."""

    def set_ok_domain(self, cookie: Cookie, request: Request) -> bool:
        domain = cookie.domain.lstrip(".")
        is_shared = cookie.domain_specified and not domain_under_suffix(domain)
        return not is_shared and super().set_ok_domain(cookie, request)


class _AnswerWith:
    """An answer as the cookie jar wants to see it."""

    def __init__(self, fields: Message) -> None:
        self._fields = fields

    def info(self) -> Message:
        return self._fields
