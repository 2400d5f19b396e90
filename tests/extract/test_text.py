from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.cleaning import (
    MAXIMUM_TEXT_BYTES,
    clean_blocks,
    clean_line,
    count_words,
    join_blocks,
)
from extract.decoding import decode_page
from extract.extractors import trafilatura_recall, visible_text
from extract.markup import parse_markup, read_head
from extract.text import PageContent, UnreadablePage
from extract.visible import all_blocks, visible_blocks
from storage.errors import InvalidInput
from storage.records.text import RejectionReason

EXTRACTORS = [trafilatura_recall.build({}), visible_text.build({})]


def read(html: str, extractor=EXTRACTORS[1]) -> PageContent:
    content = extractor.read(html.encode(), content_type="text/html", url="https://a.test/")
    assert isinstance(content, PageContent)
    return content


@pytest.mark.parametrize("extractor", EXTRACTORS)
@pytest.mark.parametrize("opening", ["<div>", "<div><ul><li><b>", "<table><tr><td>", "<p><span>"])
def test_text_below_twenty_thousand_nested_elements_is_kept(extractor, opening):
    html = f"<html><body>{opening * 20_000}Boats and harbours</body>"
    assert "Boats and harbours" in " ".join(read(html, extractor).blocks)


def test_text_after_a_deep_nesting_is_kept():
    html = "<body>" + "<div>" * 20_000 + "inner words" + "</div>" * 20_000 + "<p>outer words"
    assert read(html).blocks == ("inner words", "outer words")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_a_huge_page_is_read_in_seconds_and_its_text_capped(extractor):
    html = "<body>" + "<p>We weld ships and repair cranes in the harbour.</p>" * 80_000
    content = read(html, extractor)
    assert len(join_blocks(content.blocks).encode()) <= MAXIMUM_TEXT_BYTES


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "hostile",
    [
        "<a " * 200_000,
        "<" * 500_000,
        "A-" * 200_000,
        "<!--" * 100_000,
        '<script type="application/ld+json">' + "[" * 100_000 + "</script>",
        '<div class="' + "cookie- display " * 20_000 + '">x</div>',
        "&#x202e;" * 100_000,
    ],
)
def test_hostile_markup_costs_no_more_than_seconds(hostile):
    for extractor in EXTRACTORS:
        read(f"<html><body>{hostile}", extractor)


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=400), content_type=st.sampled_from(["text/html", "", "a;charset=x"]))
def test_any_bytes_give_content_or_a_reason(body, content_type):
    for extractor in EXTRACTORS:
        found = extractor.read(body, content_type=content_type, url="https://a.test/")
        if isinstance(found, UnreadablePage):
            assert found.reason in RejectionReason
        else:
            assert all(block == clean_line(block) for block in found.blocks)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_a_clean_line_is_one_line_and_stays_as_it_is(text):
    line = clean_line(text)
    assert line == clean_line(line)
    assert not any(mark in line for mark in "\n\r\t\u2028\u202e\u2066\u200b\x00\x1b")


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=80))
def test_utf8_is_read_as_utf8_whatever_is_declared(text):
    body = f"<p>€{text}".encode()
    assert decode_page(body, "text/html; charset=iso-8859-1") == f"<p>€{text}"


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [("iso2022_jp", "text/html; charset=iso-2022-jp"), ("utf-16-be", ""), ("utf-8-sig", "")],
)
def test_rarer_encodings_are_told(encoding, content_type):
    text = "<html><body><p>Good morning, 世界 of tools"
    decoded = decode_page(text.encode(encoding, "ignore"), content_type)
    assert "Good morning" in decoded
    assert "世界" in decoded


def test_a_few_broken_bytes_do_not_turn_utf8_into_something_else():
    body = "Müller fährt über die Brücke nach Köln. ".encode() * 20 + b"\xff" + b" Ende"
    assert decode_page(body, "text/html").startswith("Müller fährt über")


def test_bytes_of_no_known_encoding_are_still_read():
    assert "caf" in decode_page(b"caf\xe9 cr\xe8me", "text/html; charset=no-such-thing")


@pytest.mark.parametrize("codec", ["idna", "punycode", "unicode_escape", "zlib", "undefined"])
def test_a_codec_in_the_place_of_a_charset_is_passed_over(codec: str) -> None:
    assert "caf" in decode_page(b"caf\xe9 cr\xe8me \\x41", f"text/html; charset={codec}")
    assert "A" not in decode_page(b"\xe9 \\x41", f"text/html; charset={codec}")


def test_words_are_counted_in_any_script():
    assert count_words("Two-wheel drive, don't 3 ½") == 5
    assert count_words("精密部品の製造") == 3
    assert count_words("") == 0


def test_a_block_that_repeats_its_forerunner_or_says_nothing_is_dropped():
    assert clean_blocks(["One", " One ", "—", "", "Two"]) == ("One", "Two")


def test_the_page_head_takes_each_description_once():
    tree = parse_markup(
        '<html lang="de-AT"><head><title> A  firm </title>'
        '<meta name="description" content="We weld.">'
        '<meta property="og:description" content="We weld.">'
        '<script type="application/ld+json">'
        '{"@type":"LocalBusiness","description":"Since 1950."}</script>'
        '<script type="application/ld+json">{"@type":"Recipe","description":"Soup."}</script>'
        "</head><body>x</body></html>"
    )
    head = read_head(tree)
    assert (head.title, head.description) == ("A firm", "We weld. Since 1950.")
    assert head.declared_language == "de-AT"


def test_a_title_inside_a_drawing_is_not_the_pages():
    tree = parse_markup("<body><svg><title>icon</title></svg><p>text</p></body>")
    assert read_head(tree).title == ""


def test_menus_and_footers_are_left_out_and_found_when_asked_for():
    tree = parse_markup(
        "<body><nav>Home</nav><p>" + "We build barns in the valley. " * 5 + "</p>"
        '<div role="contentinfo">Imprint: Miller</div></body>'
    )
    assert not any("Imprint" in block for block in visible_blocks(tree))
    assert any("Imprint" in block for block in all_blocks(tree))


def test_texts_of_images_are_read_only_where_there_is_little_else():
    poor = parse_markup('<body><img alt="Handmade oak furniture from Devon"></body>')
    rich = parse_markup('<body><img alt="a photo"><p>' + "We build barns. " * 10 + "</p></body>")
    assert visible_blocks(poor) == ("Handmade oak furniture from Devon",)
    assert "a photo" not in " ".join(visible_blocks(rich))


def test_trafilatura_is_trusted_only_where_it_covers_the_page():
    article = "".join(
        f"<p>Paragraph {n} tells how the ferry line was founded and what it carries.</p>"
        for n in range(12)
    )
    aside = "".join(f"<div><a href='/{n}'>Further reading {n}</a></div>" for n in range(20))
    html = (
        f"<body><main><article><h1>History</h1>{article}</article></main><div>{aside}</div></body>"
    )
    narrow = trafilatura_recall.build({"coverage": 0.1})
    wide = trafilatura_recall.build({"coverage": 1})
    assert "Further reading 3" not in " ".join(read(html, narrow).blocks)
    assert "Further reading 3" in " ".join(read(html, wide).blocks)
    assert narrow.version != wide.version


@pytest.mark.parametrize(
    "declaration",
    [
        '<meta property="og:type" content="article">',
        '<script type="application/ld+json">{"@type": "NewsArticle"}</script>',
    ],
)
def test_a_page_that_calls_itself_an_article_loses_what_stands_round_it(declaration):
    sentence = (
        "The ferry line was founded by two sisters and carries timber across the long bay now. "
    )
    article = "".join(f"<p>{n}. {sentence * 2}</p>" for n in range(6))
    teasers = "".join(f"<div><a href='/{n}'>Further reading {n} here</a></div>" for n in range(90))
    body = f"<body><article><h1>History</h1>{article}</article><div>{teasers}</div></body>"
    plain = " ".join(read(f"<html>{body}", EXTRACTORS[0]).blocks)
    declared = " ".join(read(f"<html><head>{declaration}</head>{body}", EXTRACTORS[0]).blocks)
    assert "Further reading 33" in plain
    assert "Further reading 33" not in declared
    assert "5. The ferry line" in declared


@pytest.mark.parametrize("options", [{"coverage": 2}, {"coverage": "all"}, {"precision": True}])
def test_options_that_cannot_be_used_are_refused(options):
    with pytest.raises(InvalidInput):
        trafilatura_recall.build(options)


def test_tables_and_lists_come_without_marks():
    rows = "".join(
        f"<tr><td>Pump {n}</td><td>costs {n} euros a day here</td></tr>" for n in range(20)
    )
    steps = "<ul><li>First we come</li><li>Then we mend</li></ul>"
    html = f"<body><main>{steps}<table>{rows}</table></main>"
    for extractor in EXTRACTORS:
        text = "\n".join(read(html, extractor).blocks)
        assert "Pump 7" in text
        assert "|" not in text
        assert "- " not in text
