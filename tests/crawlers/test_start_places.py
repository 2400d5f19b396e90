from __future__ import annotations

import pytest

from crawlers.start_places import other_place
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
        ("http://firma.at/", Outcome.NOT_FOUND, None),
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
