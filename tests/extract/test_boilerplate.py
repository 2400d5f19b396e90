from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from extract.boilerplate import drop_repeated_blocks

PAGES = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=6)


def test_a_footer_stays_on_the_first_page_only():
    pages = [["We build", "Footer"], ["Prices", "FOOTER"], ["Team", "Footer"]]
    assert drop_repeated_blocks(pages) == [("We build", "Footer"), ("Prices",), ("Team",)]


def test_a_block_on_two_of_many_pages_is_content():
    pages = [["Pump", "Menu"], ["Pump", "Menu"], ["Other", "Menu"], ["More", "Menu"]]
    assert drop_repeated_blocks(pages)[1] == ("Pump",)


def test_on_a_website_of_two_pages_what_both_hold_is_kept_once():
    assert drop_repeated_blocks([["A", "Menu"], ["B", "Menu"]]) == [("A", "Menu"), ("B",)]


@given(PAGES)
def test_no_block_is_lost_to_the_website_and_the_first_page_never_changes(pages):
    kept = drop_repeated_blocks(pages)
    assert {block for page in kept for block in page} == {b for page in pages for b in page}
    assert len(kept) == len(pages)
    if pages:
        assert list(kept[0]) == pages[0]
    for before, after in zip(pages, kept, strict=True):
        remaining = iter(before)
        assert all(block in remaining for block in after)


@given(PAGES)
def test_doing_it_twice_changes_nothing_more_where_three_pages_hold_text(pages):
    kept = drop_repeated_blocks(pages)
    if len(pages) >= 3:
        assert drop_repeated_blocks(kept) == kept
