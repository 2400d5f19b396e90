from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawlers.patience import FRUITLESS_AT_LEAST, MAX_DENIED, Patience
from storage.accounting import MAX_FAILURES_IN_A_ROW, Outcome


def test_a_website_that_gives_pages_is_walked_to_its_limit() -> None:
    patience = Patience(max_pages=25)
    for n in range(25):
        assert not patience.is_over, n
        patience.note_page()
    assert patience.is_over


def test_what_brings_no_page_is_bounded_by_what_brings_some() -> None:
    patience = Patience(max_pages=25)
    for _ in range(4):
        patience.note_page()
    n = 0
    while not patience.is_over:
        patience.note_nothing_new(1)
        n += 1
    assert n == FRUITLESS_AT_LEAST + 2


def test_faults_in_a_row_end_a_visit_and_a_page_starts_the_row_anew() -> None:
    patience = Patience(max_pages=25)
    for _ in range(MAX_FAILURES_IN_A_ROW - 1):
        patience.note_failure(Outcome.SERVER_ERROR, 1)
    patience.note_page()
    assert not patience.is_over
    for _ in range(MAX_FAILURES_IN_A_ROW):
        patience.note_failure(Outcome.TIMEOUT, 1)
    assert patience.is_over


def test_a_dead_host_beside_the_home_does_not_end_the_visit() -> None:
    patience = Patience(max_pages=25)
    for _ in range(2 * MAX_FAILURES_IN_A_ROW):
        patience.note_failure(Outcome.DNS_FAILURE, 0, is_elsewhere=True)
    assert not patience.is_over


def test_addresses_that_robots_txt_denies_cost_no_patience_but_are_bounded() -> None:
    patience = Patience(max_pages=25)
    for _ in range(MAX_DENIED - 1):
        patience.note_failure(Outcome.REFUSED_ROBOTS, 0)
    assert not patience.is_over
    patience.note_failure(Outcome.REFUSED_ROBOTS, 0)
    assert patience.is_over


@given(st.integers(1, 200), st.lists(st.sampled_from(["page", "new", "gone"])))
def test_no_website_gets_many_more_requests_than_pages_are_wanted(
    max_pages: int, events: list[str]
) -> None:
    patience = Patience(max_pages=max_pages)
    for event in events * 300:
        if patience.is_over:
            break
        if event == "page":
            patience.note_page()
        elif event == "new":
            patience.note_nothing_new(1)
        else:
            patience.note_failure(Outcome.NOT_FOUND, 1)
    assert patience.pages + patience.fruitless <= max_pages + 8
