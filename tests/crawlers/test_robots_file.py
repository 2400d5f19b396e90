from __future__ import annotations

import json
import sys
import tarfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.robots import MAX_ROBOTS_BYTES
from crawlers.robots_file import MAX_PIECES, canonical_path, read_robots_file

if TYPE_CHECKING:
    from collections.abc import Callable

PLACES = (parent / "shared/data/conformance" for parent in Path(__file__).parents[3:])
CONFORMANCE = next((place for place in PLACES if place.exists()), Path("../shared"))
needs_shared = pytest.mark.skipif(
    not CONFORMANCE.exists(), reason=f"the development data is not there: {CONFORMANCE}"
)

# Cases of Google's own test suite that RFC 9309 does not ask for, and why.
BEYOND_THE_RFC = {
    # Section 2.2.2 has unreserved characters decoded, others encoded, before comparing: these three
    # addresses are the very ones their rules name. Google compares what its caller encoded.
    ("ID_Encoding", "http://foo.bar/foo/bar/ツ"): 2,
    ("ID_Encoding", "http://foo.bar/foo/bar/baz"): 1,
    # "index.html" standing for its directory is Google's own reading.
    ("GoogleOnly_IndexHTMLisDirectory", "http://foo.com/allowed-slash/"): 1,
    # Lines cut at 16,664 octets are Google's own; the file that the cases were made from lost them.
    ("GoogleOnly_LineTooLong", "http://foo.bar/x//fux"): 2,
    ("GoogleOnly_LineTooLong", "http://foo.bar/x//qux"): 1,
}


CALLS_A_BYTE = 6  # of an empty line: it is cut off, stripped and split
ASKED_AT_MOST = 3 * MAX_PIECES  # a search for each piece, and what stands around it


def calls(work: Callable[[], object]) -> int:
    """Count the calls that work makes, into C too: the same on every machine, however busy."""
    number = 0

    def count(_frame: object, event: str, _what: object) -> None:
        nonlocal number
        number += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return number


def allows(text: str, url: str, agent: str = "sectorlens") -> bool:
    return read_robots_file(text.encode(), agent).allows(url)


@pytest.mark.shared
@needs_shared
def test_every_case_that_the_rfc_covers_is_decided_as_google_does() -> None:
    cases = json.loads((CONFORMANCE / "google_robotstxt_cases.json").read_text("utf-8"))
    assert len(cases) == 145
    differing: dict[tuple[str, str], int] = {}
    for case in cases:
        if allows(case["robots_txt"], case["url"], case["user_agent"]) is not case["allowed"]:
            key = (case["test"], case["url"])
            differing[key] = differing.get(key, 0) + 1
    assert differing == BEYOND_THE_RFC


@pytest.mark.shared
@needs_shared
def test_900_real_files_are_read_without_a_fault_and_with_bounded_work() -> None:
    n = 0
    with tarfile.open(CONFORMANCE / "real_robots_txt.tar.gz") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if stream:
                content = stream.read()
                found = read_robots_file(content, "sectorlens")
                for path in ("/", "/about/us.html?lang=de", "/search?q=a%20b"):
                    found.allows(f"https://example.com{path}")
                if n % 30 == 0:  # counting takes longer than reading
                    reading = partial(read_robots_file, content, "sectorlens")
                    assert calls(reading) < CALLS_A_BYTE * (len(content) + 100)
                n += 1
    assert n == 900


@pytest.mark.parametrize(
    ("pattern", "path", "covered"),
    [
        ("/foo/bar?baz=quz", "/foo/bar?baz=quz", True),
        ("/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar", True),
        ("/foo/bar?baz=https%3A%2F%2Ffoo.bar", "/foo/bar?baz=https://foo.bar", True),
        ("/foo/bar/ツ", "/foo/bar/%E3%83%84", True),
        ("/foo/bar/%e3%83%84", "/foo/bar/%E3%83%84", True),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz", True),
        ("/foo/bar/baz", "/foo/bar/%62%61%7A", True),
        ("/a%2Fb", "/a/b", False),
        ("/a/b", "/a%2Fb", False),
        ("/?a=1%26b", "/?a=1&b", False),
        ("/with-a-%2A.html", "/with-a-*.html", True),
        ("/with-a-%2A.html", "/with-a-star.html", False),
        ("/price%24", "/price$", True),
        ("/price$x", "/price$x", True),
        ("/two words", "/two%20words", True),
    ],
)
def test_octets_are_compared_as_section_2_2_2_says(pattern: str, path: str, covered: bool) -> None:
    denied = not allows(f"User-agent: *\nDisallow: {pattern}", f"https://example.com{path}")
    assert denied is covered


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /p\nAllow: /p", "/p", True),
        ("User-agent: *\nAllow: /p\nDisallow: /", "/page", True),
        ("User-agent: *\nAllow: /page\nDisallow: /*.htm", "/page.htm", False),
        ("User-agent: *\nAllow: /$\nDisallow: /", "/", True),
        ("User-agent: *\nAllow: /$\nDisallow: /", "/x", False),
        ("User-agent: *\nDisallow: /*/private*/$", "/a/private1/", False),
        ("User-agent: *\nDisallow: /*/private*/$", "/a/private1/x", True),
        ("User-agent: *\nDisallow: *", "/anything", False),
        ("User-agent: *\nDisallow: /ab*ba$", "/aba", True),
        ("User-agent: *\nDisallow: /ab*ba$", "/abba", False),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        ("Disallow: /\nUser-agent: *\nDisallow: /x", "/y", True),
        ("User-agent: *\nDisallow: /A", "/a", True),
        ("User-agent *\ndisalow: /x", "/x", False),
        ("USER-AGENT:\t* # all\r\nDISALLOW:\t/x # secret\r\n", "/x", False),
        ("User-agent: *\rDisallow: /x", "/x", False),
    ],
)
def test_rules_weigh_by_their_length(text: str, path: str, allowed: bool) -> None:
    assert allows(text, f"https://example.com{path}") is allowed


def test_all_groups_that_name_us_are_merged_and_no_other_counts() -> None:
    text = (
        "User-agent: SectorLens/1.0 (any comment)\nDisallow: /a\n\n"
        "User-agent: *\nDisallow: /\n\n"
        "User-agent: other\nUser-agent: SECTORLENS\nDisallow: /b\nAllow: /b/c\n\n"
        "User-agent: sectorlens-images\nDisallow: /d\n"
    )
    denied = [path for path in ("/a", "/b", "/b/c", "/d", "/e") if not allows(text, f"x://h{path}")]
    assert denied == ["/a", "/b"]


def test_a_group_that_names_us_and_denies_nothing_frees_us_from_the_rules_for_all() -> None:
    assert allows("User-agent: *\nDisallow: /\n\nUser-agent: sectorlens\nDisallow:\n", "x://h/a")


def test_lines_of_other_kinds_end_no_group() -> None:
    text = "User-agent: sectorlens\nSitemap: https://h/s.xml\nUser-agent: b\nDisallow: /x\n"
    found = read_robots_file(text.encode(), "sectorlens")
    assert not found.allows("https://h/x")
    assert found.sitemaps == ("https://h/s.xml",)


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 10\nDisallow: /x", 10.0),
        ("User-agent: *\nCrawl-delay: 10\n\nUser-agent: sectorlens\nCrawl-delay: 2", 10.0),
        ("User-agent: *\nDisallow:\nCrawl-delay: 10\nUser-agent: sectorlens\nDisallow: /x", 0.0),
        ("User-agent: *\nCrawl-delay: 1,5", 1.5),
        ("User-agent: *\nCrawl-delay: -3", 0.0),
        ("User-agent: *\nCrawl-delay: inf", 0.0),
        ("User-agent: *\nCrawl-delay: nan", 0.0),
        ("User-agent: other\nCrawl-delay: 9", 0.0),
        ("User-agent: other\nCrawl-delay: 9\n\nUser-agent: *\nDisallow: /x", 0.0),
    ],
)
def test_crawl_delay_belongs_to_its_group(text: str, delay: float) -> None:
    assert read_robots_file(text.encode(), "sectorlens").crawl_delay == delay


def test_a_file_in_utf_16_is_read() -> None:
    text = "User-agent: *\nDisallow: /x\n"
    assert not read_robots_file(text.encode("utf-16"), "sectorlens").allows("https://h/x")


@pytest.mark.parametrize(
    "content",
    [
        *(
            "\ufeffUser-agent: *\nDisallow: /x\n".encode(f"utf-{n}-{end}")
            for n in (16, 32)
            for end in ("le", "be")
        ),
        *(
            "User-agent: *\nDisallow: /x\n".encode(f"utf-{n}-{end}")
            for n in (16, 32)
            for end in ("le", "be")
        ),
        "\ufeff\ufeffUser-agent: *\nDisallow: /x".encode(),
        "\u200bUser-agent: *\n\u200bDisallow: /x".encode(),
        "User-agent: *\u2028Disallow: /x\u2029".encode(),
        "User-agent: *\nDisallow\uff1a /x\n".encode(),
        b"User-agent: *\0\nDis\0allow: /x\n",
        b"User-agent: *\x0bDisallow: /x\x0c",
        b"User-agent: *\\nDisallow: /x\\n",
    ],
)
def test_what_programmes_make_of_a_file_is_read_as_meant(content: bytes) -> None:
    found = read_robots_file(content, "sectorlens")
    assert not found.allows("https://h/x/y")
    assert found.allows("https://h/y")


@pytest.mark.parametrize(
    "lines",
    [
        b"\n",
        b"Allow:*a\n",
        b"Disallow: /" + b"*a" * 400 + b"*b\n",
        b"Disallow: *" + b"a" * 400 + b"b*c\n",
        b"Disallow: *" + b"a" * 20 + b"b*c\n",
        b"User-agent: a\nUser-agent: *\nDisallow: /x\n",
        b"Disallow: /" + b"%" * 400_000 + b"\n",
        b"Disallow: /a*$\n",
        b":",
        b"Sitemap: x\n",
    ],
)
def test_a_file_made_to_hurt_costs_bounded_work(lines: bytes) -> None:
    def body(n_bytes: int) -> bytes:
        return (b"User-agent: *\n" + lines * (n_bytes // len(lines) + 1))[:n_bytes]

    once, twice = (
        calls(partial(read_robots_file, body(n_bytes), "sectorlens")) for n_bytes in (2**14, 2**15)
    )
    assert once < CALLS_A_BYTE * 2**14
    assert twice < 2.1 * once + 100  # in proportion to the file, not to its square
    found = read_robots_file(body(MAX_ROBOTS_BYTES), "sectorlens")
    for path in ("a" * 900, "b", ("a" * 20 + "b") * 40):
        assert calls(partial(found.allows, f"https://example.com/{path}")) < ASKED_AT_MOST


def test_rules_beyond_what_is_searched_for_deny_more_and_never_allow_more() -> None:
    many = "".join(f"Disallow: /x{n}/*secret\n" for n in range(12_000))
    text = f"User-agent: *\n{many}Disallow: /last/*secret\nAllow: /last/*secret\n"
    assert not allows(text, "https://h/last/secret")
    assert allows(text, "https://h/first")


def test_a_rule_of_many_wildcards_denies_what_it_may_fit_and_nothing_else() -> None:
    bombs = "".join(f"Disallow: /{'*a' * 400}{n}$\n" for n in range(300))
    text = f"User-agent: *\n{bombs}Disallow: /private\nAllow: /x{'*a' * 400}\n"
    assert allows(text, "https://h/")
    assert allows(text, "https://h/a/banana")
    assert not allows(text, "https://h/private/a")
    assert not allows(
        text, f"https://h/{'a' * 401}"
    )  # no shorter than the rule, and begins like it
    assert not allows(text, f"https://h/x{'a' * 410}")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig"])
def test_a_file_in_utf_16_is_read_with_its_mark_or_without(encoding: str) -> None:
    found = read_robots_file("User-agent: *\r\nDisallow: /x\r\n".encode(encoding), "sectorlens")
    assert not found.allows("https://h/x")
    assert found.allows("https://h/y")


def test_a_blank_that_breaks_no_line_is_one() -> None:
    assert not allows("User-agent:\u00a0*\nDisallow:\u00a0/x\n", "https://h/x")


@given(
    rules=st.lists(
        st.tuples(st.booleans(), st.text("ab/*$%2A", max_size=8).map(lambda text: f"/{text}")),
        max_size=6,
    ),
    path=st.text("ab/", max_size=8),
)
def test_the_decision_is_that_of_the_longest_rule_that_fits(
    rules: list[tuple[bool, str]], path: str
) -> None:
    text = "User-agent: *\n" + "".join(
        f"{'Allow' if allow else 'Disallow'}: {pattern}\n" for allow, pattern in rules
    )
    fitting = [
        (_length(pattern), allow) for allow, pattern in rules if _covers(pattern, f"/{path}")
    ]
    assert allows(text, f"https://h/{path}") is max(fitting, default=(0, True))[1]


def _covers(pattern: str, path: str) -> bool:
    import re

    body, end = (pattern[:-1], "$") if pattern.endswith("$") else (pattern, "")
    pieces = canonical_path(f"x://h{body}").replace("%2A", "\0")
    literal_stars = iter(re.findall(r"\*|%2[Aa]", body))
    made = "".join(
        (".*" if next(literal_stars) == "*" else re.escape("%2A"))
        if letter == "\0"
        else re.escape(letter)
        for letter in pieces
    )
    return re.match(made + end, path, re.DOTALL) is not None


def _length(pattern: str) -> int:
    stars = pattern.removesuffix("$").count("*")
    body = pattern[:-1] if pattern.endswith("$") else pattern
    return len(canonical_path(f"x://h{body}")) - 2 * stars + pattern.endswith("$")


@given(st.binary(max_size=300), st.text(max_size=60))
def test_any_bytes_and_any_address_give_an_answer(body: bytes, url: str) -> None:
    assert read_robots_file(body, "sectorlens").allows(url) in {True, False}
