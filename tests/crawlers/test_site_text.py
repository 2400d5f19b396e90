from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.links import read_links
from crawlers.markup import read_markup
from crawlers.page_worth import PageWorth, Worth
from crawlers.site_text import MAX_PIECES_PER_WEBSITE, Newness, SiteText

MENU = "".join(f"<li><a href='/{n}'>Menu entry called {chr(97 + n)}</a></li>" for n in range(20))
FOOT = "<footer><p>Steiner Ltd, High Street, Graz. All rights reserved by the owner.</p></footer>"
WORDS = "we survey roofs bridges pylons fields quarries and vineyards from above with care".split()


def html(content: str, title: str = "Steiner") -> str:
    return f"<html><title>{title}</title><body><nav>{MENU}</nav>{content}{FOOT}</body></html>"


def paragraph(number: int, n_words: int = 30) -> str:
    turned = WORDS[number % len(WORDS) :] + WORDS[: number % len(WORDS)]
    return f"<p>{' '.join((turned * 5)[:n_words])} {chr(97 + number % 26) * 3}.</p>"


def newness(*pages: str, url: str = "http://a.test/x") -> list[Newness]:
    site = SiteText()
    return [site.take(read_markup(page), url).newness for page in pages]


def test_pages_that_say_something_of_their_own_are_new() -> None:
    pages = [html(paragraph(n)) for n in range(8)]
    assert newness(*pages) == [Newness.NEW] * 8


def test_a_view_for_printing_repeats_its_page() -> None:
    print_view = f"<html><body><div>{paragraph(1)}</div></body></html>"
    pages = [html(paragraph(0)), html(paragraph(1)), html(paragraph(2)), print_view]
    assert newness(*pages)[-1] is Newness.REPEAT


@pytest.mark.parametrize(
    "changing",
    [
        "<h1>Calendar 2024-{n:02d}</h1><p>No events on day {n}.</p>",
        "<p>Generated at 12:0{n}:17 for visitor 7f3a{n}c9e</p>",
        "<p>Token {n}</p><p>Request-ID: a{n}b{n}c{n}</p>",
    ],
)
def test_dates_and_nonces_do_not_make_a_page_new(changing: str) -> None:
    pages = [html(paragraph(0)), *(html(changing.format(n=n)) for n in range(1, 6))]
    assert newness(*pages)[2:] == [Newness.REPEAT] * 4


def test_an_error_page_that_echoes_the_address_is_a_repeat() -> None:
    site = SiteText()
    site.take(read_markup(html(paragraph(0))), "http://a.test/")
    said = []
    for name in ("summer-offer", "winter-prices", "old-catalogue"):
        page = html(f"<p>There is nothing at {name.replace('-', ' ')} any longer, sorry</p>")
        said.append(site.take(read_markup(page), f"http://a.test/{name}").newness)
    assert said[0] is Newness.NEW
    assert Newness.NEW not in said[1:]


def test_known_pieces_put_together_anew_are_a_page_of_their_own() -> None:
    parts = [paragraph(n) for n in range(12)]
    pages = [html("".join(parts[n : n + 4])) for n in (0, 4, 8)]
    mixed = html("<h1>Offer</h1><p>Ref. 17</p>" + parts[0] + parts[5] + parts[10])
    assert newness(*pages, mixed)[-1] is Newness.NEW


def test_a_page_that_holds_part_of_a_longer_one_is_no_repeat_of_it() -> None:
    long = html("".join(paragraph(n) for n in range(10)))
    others = [html(paragraph(n)) for n in (20, 21, 22)]
    assert newness(*others, long, html("<p>Ref. 9</p>" + paragraph(3)))[-1] is Newness.NEW


def test_small_pages_that_differ_in_numbers_alone_are_pages() -> None:
    assert newness("<p>Page 1</p>", "<p>Page 2</p>", "<p>Page 3</p>") == [Newness.NEW] * 3


def test_a_small_page_that_says_its_address_and_no_more_is_an_echo() -> None:
    site = SiteText()
    site.take(read_markup(f"<p>{' '.join(WORDS)}</p>"), "http://a.test/")
    told = [
        site.take(read_markup(f"<h1>{word}</h1><p>News of us</p>"), f"http://a.test/{path}").newness
        for word, path in (("roofs", "topic/a"), ("bridges", "topic/bridges"), ("x", "on/roofs/1"))
    ]
    assert told == [Newness.NEW, Newness.ECHO, Newness.NEW]


def test_an_error_page_is_known_again_with_something_else_around_it() -> None:
    worth = PageWorth()
    pages = [html(paragraph(0)), *(html(f"<h1>Not Found</h1>{more(n)}") for n in range(4))]
    judged = [judge(worth, page, f"http://a.test/{n}") for n, page in enumerate(pages)]
    assert judged == [Worth.PAGE, *[Worth.NOT_FOUND] * 4]
    article = html(f"<h1>Not Found</h1>{''.join(paragraph(n, 50) for n in range(3, 9))}")
    assert judge(worth, article, "http://a.test/article") is Worth.PAGE


def more(number: int) -> str:
    return f"<p>Try {' '.join(WORDS[number : number + 2])} {chr(98 + number) * 4} instead</p>"


def judge(worth: PageWorth, html: str, url: str) -> Worth:
    return worth.judge(html.encode(), read_markup(html), read_links(html, url), url)[0]


def test_an_empty_page_is_nothing_new() -> None:
    assert newness(html(paragraph(0)), "<html></html>", "")[1:] == [Newness.REPEAT] * 2


def test_scripts_and_styles_are_no_text() -> None:
    first = html(paragraph(0))
    noisy = html(
        paragraph(0) + "<script>var nonce='abc def ghi jkl mno'</script><style>b {x}</style>"
    )
    assert newness(first, noisy)[1] is Newness.REPEAT


def test_what_is_new_is_handed_out() -> None:
    site = SiteText()
    site.take(read_markup(html(paragraph(0))), "http://a.test/")
    new = site.take(read_markup(html("<h1>Page not found</h1>")), "http://a.test/x")
    assert new.text == "Page not found"
    assert new.n_words == 3


def test_what_is_remembered_is_bounded() -> None:
    site = SiteText()
    for n in range(12):
        page = "".join(f"<p>word{n}x{k}" for k in range(19_000))
        site.take(read_markup(page), "http://a.test/")
    assert len(site._piece_of) <= MAX_PIECES_PER_WEBSITE + 20_000


@given(st.lists(st.text(alphabet="<>ab 1/", max_size=200), max_size=6))
def test_no_markup_upsets_it_and_the_same_page_twice_is_a_repeat(pages: list[str]) -> None:
    site = SiteText()
    for page in pages:
        site.take(read_markup(page), "http://a.test/")
    for page in pages:
        assert site.take(read_markup(page), "http://a.test/").newness is Newness.REPEAT
