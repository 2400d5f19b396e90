from __future__ import annotations

import pytest

from crawlers.answers import Fault
from crawlers.start_places import may_stand_elsewhere, other_place
from storage.accounting import Outcome


@pytest.mark.parametrize(
    ("url", "reason", "place"),
    [
        ("http://firma.at/", Outcome.DNS_FAILURE, "http://www.firma.at/"),
        ("https://www.firma.at/", Outcome.DNS_FAILURE, "https://firma.at/"),
        ("https://firma.at/", Outcome.TLS_FAILURE, "https://www.firma.at/"),
        ("https://shop.firma.at/", Outcome.TLS_FAILURE, None),
        ("http://firma.at/old/page", Outcome.NOT_FOUND, "http://firma.at/"),
        ("http://firma.at/?old=1", Outcome.NOT_FOUND, "http://firma.at/"),
        ("http://firma.at/", Outcome.NOT_FOUND, "http://www.firma.at/"),
        ("http://www.firma.at/", Outcome.REFUSED_HTTP, "http://firma.at/"),
        ("http://firma.at/", Outcome.PARKED, "http://www.firma.at/"),
        ("http://shop.firma.at/", Outcome.EMPTY, None),
        ("http://firma.at/", Outcome.CONNECTION_REFUSED, "https://firma.at/"),
        ("http://firma.at:8080/", Outcome.CONNECTION_REFUSED, None),
        ("http://firma.at/", Outcome.TIMEOUT, None),
    ],
)
def test_a_start_page_may_stand_elsewhere(url: str, reason: Outcome, place: str | None) -> None:
    assert other_place(url, reason, is_last=True) == place


def test_a_failure_of_tls_is_never_answered_by_asking_in_the_open() -> None:
    for url in ("https://firma.at/", "https://www.firma.at/", "https://127.0.0.1/"):
        place = other_place(url, Outcome.TLS_FAILURE, is_last=True)
        assert place is None or place.startswith("https://")


@pytest.mark.parametrize(
    ("reason", "detail", "is_tried"),
    [
        (Outcome.NOT_FOUND, "HTTP 404 at http://firma.at/", True),
        (Outcome.REFUSED_HTTP, "HTTP 403 at http://firma.at/", True),
        (Outcome.REFUSED_HTTP, "HTTP 401 at http://firma.at/", False),
        (Outcome.REFUSED_HTTP, "HTTP 451 at http://firma.at/", False),
        (Outcome.REFUSED_HTTP, "asks visitors to prove that they are human (a captcha)", False),
        (Outcome.REFUSED_HTTP, "says: access denied", False),
        (Outcome.EMPTY, "HTTP 200 without a body", True),
        (Outcome.PARKED, "says: welcome to nginx", True),
        (Outcome.PARKED, "says: apache2 debian default page: it works", True),
        (Outcome.PARKED, "says: this domain is for sale", False),
        (Outcome.REFUSED_ROBOTS, "robots.txt denies it", False),
        (Outcome.RATE_LIMITED, "HTTP 429 at http://firma.at/", False),
        (Outcome.SERVER_ERROR, "HTTP 500 at http://firma.at/", False),
    ],
)
def test_a_server_that_knows_one_name_only_is_asked_by_the_other_and_nobody_who_says_no(
    reason: Outcome, detail: str, is_tried: bool
) -> None:
    assert may_stand_elsewhere(Fault(reason=reason, detail=detail)) is is_tried
