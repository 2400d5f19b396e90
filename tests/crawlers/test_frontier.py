from __future__ import annotations

import pytest
from waiting_links import HOME, found, frontier, order

from crawlers.address_bounds import MAX_CHAIN
from crawlers.frontier import (
    MAX_DEPTH,
    MAX_HOSTS,
    MAX_WAITING,
    Frontier,
)
from crawlers.links import PageLinks
from crawlers.links_elsewhere import Link
from crawlers.website_urls import scope_of


def test_what_tells_about_the_business_comes_before_everything_else() -> None:
    waiting = frontier()
    waiting.add_links(
        found(
            "/jobs", "/blog/x", "/kalender", "/irgendwas", "/impressum", "/ueber-uns", "/produkte"
        ),
        depth=1,
    )
    assert order(waiting) == [
        "ueber-uns",
        "produkte",
        "impressum",
        "irgendwas",
        "blog/x",
        "jobs",
        "kalender",
    ]


def test_the_text_of_a_link_tells_what_its_address_does_not() -> None:
    waiting = frontier()
    waiting.add_links(found("/page-1", "/page-2|Unsere Leistungen"), depth=1)
    assert order(waiting) == ["page-2", "page-1"]


def test_one_kind_of_page_does_not_crowd_out_the_others() -> None:
    waiting = frontier()
    products = [f"/produkt-{letter}" for letter in "abcdefghijkl"]
    waiting.add_links(found(*products, "/impressum", "/kontakt"), depth=1)
    assert {"impressum", "kontakt"} <= set(order(waiting)[:8])


def test_near_and_short_comes_first_within_a_rank() -> None:
    waiting = frontier()
    waiting.add_links(found("/c/lang-und-laenger"), depth=2)
    waiting.add_links(found("/b/lang-und-laenger-noch", "/kurz"), depth=1)
    assert order(waiting) == ["kurz", "b/lang-und-laenger-noch", "c/lang-und-laenger"]


def test_the_same_page_under_other_spellings_waits_once() -> None:
    waiting = frontier()
    waiting.add_links(
        found(
            "/a",
            "/a/",
            "/a#top",
            "/a?utm_source=mail",
            "http://steiner-drohnen.at/a",
            "//www.steiner-drohnen.at:443/a",
            "/x/../a",
            "/a/index.html",
        ),
        depth=1,
    )
    assert order(waiting) == ["a"]


def test_foreign_hosts_files_and_what_is_no_page_do_not_wait() -> None:
    waiting = frontier()
    waiting.add_links(
        found(
            "https://other.at/about",
            "https://www.facebook.com/steiner",
            "mailto:office@steiner-drohnen.at",
            "tel:+43",
            "javascript:void(0)",
            "/prospekt.pdf",
            "/bild.JPG",
            "https://www.steiner-drohnen.at:8443/",
            "#top",
            "",
        ),
        depth=1,
    )
    assert len(waiting) == 0


@pytest.mark.parametrize(
    "href",
    [
        "/logout",
        "/shop/add-to-cart/7",
        "/?add-to-cart=7",
        "/news?x=1&replytocom=5",
        "/admin/delete/4",
        "/item.php?id=4&action=delete",
        "/cart?do=add&id=3",
        "/Unsubscribe?u=1",
        "/log-out.php",
    ],
)
def test_what_does_something_is_never_asked_for(href: str) -> None:
    waiting = frontier()
    waiting.add_links(found(href), depth=1)
    assert order(waiting) == []


@pytest.mark.parametrize(
    "href",
    [
        "/deleted-scenes",
        "/voting",
        "/data-deletion",
        "/x?action=view",
        "/x?do=address1",
        "/wishlist",
        "/cart-trailers",
    ],
)
def test_pages_about_such_things_are(href: str) -> None:
    waiting = frontier()
    waiting.add_links(found(href), depth=1)
    assert order(waiting) == [href[1:]]


def test_subdomains_belong_to_the_site_but_come_later() -> None:
    waiting = frontier()
    waiting.add_links(found("https://shop.steiner-drohnen.at/x", "/y"), depth=1)
    assert order(waiting) == ["y", "https://shop.steiner-drohnen.at/x"]


def test_links_are_moved_to_the_home_origin_to_spare_redirects() -> None:
    waiting = frontier()
    waiting.add_links(found("http://steiner-drohnen.at/b"), depth=1)
    assert order(waiting) == ["b"]


def test_other_languages_come_last() -> None:
    waiting = frontier("de")
    waiting.add_links(found("/en/about", "/fr/a-propos", "/de/x", "/y"), depth=1)
    assert order(waiting)[2:] == ["en/about", "fr/a-propos"]


def test_choices_are_followed_in_one_order() -> None:
    waiting = frontier()
    waiting.add_links(found("/shop/red/large", "/shop/large/red", "/large/red/shop"), depth=1)
    assert order(waiting) == ["shop/red/large", "large/red/shop"]
    waiting.add_links(found("/news/2026/11/05", "/news/2026/05/11"), depth=1)
    assert len(order(waiting)) == 2


def test_a_page_leads_on_where_it_links_what_nobody_knows() -> None:
    waiting = frontier()
    waiting.add_links(found("/a", "/b"), depth=1)
    assert not waiting.leads_on(found("/a", "/B/", "http://elsewhere.at/c"))
    assert waiting.leads_on(found("/a", "/c"))


def test_pages_of_one_pattern_fall_behind() -> None:
    waiting = frontier()
    days = [f"/tag/2024-{n:02d}" for n in range(1, 30)]
    waiting.add_links(found(*days), depth=1)
    waiting.add_links(found("/etwas-ganz-anderes"), depth=2)
    assert order(waiting)[0] == "etwas-ganz-anderes"


@pytest.mark.parametrize("href", ["/a/b/a/b/a/b", "/1/2/3/4/5/6/7/8/9/10/11"])
def test_addresses_that_grow_by_themselves_are_left(href: str) -> None:
    waiting = frontier()
    waiting.add_links(found(href), depth=1)
    assert len(waiting) == 0


def test_what_is_many_clicks_away_comes_after_all_else_and_is_bounded() -> None:
    waiting = frontier()
    waiting.add_links(found("/about", "/deep"), depth=MAX_DEPTH + 1)
    waiting.add_links(found("/news/archive", "/other"), depth=MAX_DEPTH)
    assert order(waiting) == ["other", "news/archive", "about", "deep"]
    waiting.add_links(found("/deeper"), depth=MAX_CHAIN + 1)
    assert len(waiting) == 0


def test_baskets_and_log_ins_are_never_asked_for() -> None:
    waiting = frontier()
    waiting.add_links(found("/cart", "/de/login/", "/checkout.php?step=1", "/carts"), depth=1)
    assert order(waiting) == ["carts"]


def test_what_waits_is_bounded_and_what_promises_least_goes_first() -> None:
    waiting = frontier()
    for start in range(0, 4000, 1000):
        waiting.add_links(found(*(f"/x{n}" for n in range(start, start + 1000))), depth=1)
    waiting.add_links(found("/ueber-uns"), depth=2)
    assert MAX_WAITING // 2 <= len(waiting) <= MAX_WAITING
    assert order(waiting)[0] == "ueber-uns"


def test_a_website_on_a_shared_host_stays_in_its_directory() -> None:
    start = "http://members.example.at/steiner/index.html"
    scope = scope_of(start, start, shared=True, foreign=frozenset())
    waiting = Frontier(scope)
    waiting.add_links(found("a.html", "../gruber/", "/", base=start), depth=1)
    assert order(waiting) == ["http://members.example.at/steiner/a.html"]


def test_a_website_on_an_address_and_port_of_its_own_stays_there() -> None:
    start = "http://127.0.1.2:8123/"
    waiting = Frontier(scope_of(start, start, shared=False, foreign=frozenset()))
    waiting.add_links(
        found("/a", "http://127.0.1.3:8123/b", "http://127.0.1.2:9000/c", base=start), depth=1
    )
    assert order(waiting) == ["http://127.0.1.2:8123/a"]


def test_subdomains_without_end_are_bounded() -> None:
    waiting = frontier()
    waiting.add_links(found(*(f"https://x{n}.steiner-drohnen.at/" for n in range(50))), depth=1)
    assert len(waiting) == MAX_HOSTS - 1


def test_addresses_like_those_that_gave_nothing_come_last_and_then_not_at_all() -> None:
    waiting = frontier()
    waiting.add_links(found(*(f"/alt/{n}a.html" for n in range(20)), "/agb", "/search"), depth=1)
    got = []
    while entry := waiting.next():
        got.append(entry.url.removeprefix(HOME))
        waiting.begin(entry.url)
        waiting.note(entry.url, gave_a_page=not got[-1].startswith("alt"))
    assert sum(path.startswith("alt") for path in got) == 4
    assert got[:4] == ["alt/0a.html", "alt/1a.html", "agb", "search"]


def test_an_address_that_was_asked_for_meanwhile_is_not_handed_out() -> None:
    waiting = frontier()
    waiting.add_links(found("/a", "/b"), depth=1)
    waiting.begin(f"{HOME}a")
    assert order(waiting) == ["b"]


def test_print_views_come_after_pages() -> None:
    waiting = frontier()
    waiting.add_links(found("/print/kontakt", "/agb", "/druckerei", "/leistungen/print"), depth=1)
    assert order(waiting) == ["druckerei", "agb", "leistungen/print", "print/kontakt"]


def test_a_page_where_a_language_is_chosen_is_in_none() -> None:
    splash = PageLinks(base=HOME, links=(), language="en")
    home = PageLinks(base=HOME, links=(), language="de")
    waiting = frontier(language="")
    waiting.settle_language(splash, "<a href=/de/>Deutsch</a><a href=/en/>English</a>")
    waiting.settle_language(home, "<p>" + "Wir vermessen Brücken und Dächer. " * 20)
    waiting.settle_language(splash, "<p>" + "We survey bridges and roofs. " * 20)
    waiting.add_links(found("/en/x", "/de/x"), depth=1)
    assert order(waiting) == ["de/x", "en/x"]


def test_the_language_in_a_parameter_or_said_by_the_link_counts() -> None:
    waiting = frontier(language="de")
    links = (
        Link(href="/seite?lang=en", text=""),
        Link(href="/anders?x=1", text=""),
        Link(href="/english", text="", language="en"),
    )
    waiting.add_links(PageLinks(base=HOME, links=links), depth=1)
    assert order(waiting) == ["anders?x=1", "english", "seite?lang=en"]


def test_what_nothing_speaks_for_waits_while_such_addresses_give_nothing() -> None:
    waiting = frontier()
    waiting.note(f"{HOME}marken/eins", gave_a_page=True)
    waiting.add_links(found("/xa", "/xb", "/xc", "/xd", "/marken/lange-namen", "/blog"), depth=1)
    for name in ("xa", "xb", "xc"):
        waiting.note(f"{HOME}{name}", gave_a_page=False)
        waiting.begin(f"{HOME}{name}")
    assert order(waiting) == ["marken/lange-namen", "blog", "xd"]


def test_one_page_among_them_is_enough_for_the_others() -> None:
    waiting = frontier()
    waiting.add_links(found("/xd", "/blog"), depth=1)
    for name in ("xa", "xb", "xc"):
        waiting.note_fault(f"{HOME}{name}")
    waiting.note(f"{HOME}team", gave_a_page=True)  # which its name spoke for
    assert order(waiting)[0] == "blog"
    waiting.add_links(found("/xf", "/news/2"), depth=1)
    waiting.note(f"{HOME}xe", gave_a_page=True)
    assert order(waiting)[0] == "xf"


def test_a_name_leads_on_from_each_directory_and_is_known_within_one() -> None:
    waiting = frontier()
    for place in ("x/", "x/1.html", "x/2.html?q=/y/"):
        waiting.add_links(found("team.html", "../up.html", base=HOME + place), depth=1)
        assert len(waiting) == 2
    for place in ("y/1.html", "z/#/x/"):
        waiting.add_links(found("team.html", "../up.html", base=HOME + place), depth=1)
    assert len(waiting) == 4


def test_a_name_below_one_host_is_none_below_another() -> None:
    waiting = frontier()
    for base in ("http://elsewhere.test", HOME.rstrip("/")):
        waiting.add_links(found("team.html", base=base), depth=1)
    assert order(waiting) == ["team.html"]


def test_a_directory_of_pages_that_nothing_tells_apart_does_not_crowd_out_the_others() -> None:
    waiting = frontier()
    glossary = [f"/glossary/{word}" for word in "ape bee cat dog elk fox gnu hen ibis jay".split()]
    products = [f"/products/{word}" for word in "kite lens mast node oars pump quilt".split()]
    waiting.add_links(found(*glossary, *products, "/news/opening"), depth=1)
    first = order(waiting)[:15]
    assert sum(path.startswith("products") for path in first) == len(products)
    assert "news/opening" in first
