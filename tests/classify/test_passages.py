from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.passages import choose_passages, passages_of_text
from storage.records.text import Document


def page(path: str, text: str, position: int, title: str = "") -> Document:
    return Document(
        website_url="https://a.example/",
        url=f"https://a.example/{path}",
        title=title,
        description="",
        language="en",
        text=text,
        n_words=len(text.split()),
        extractor="test",
        body_digest="",
        text_digest="",
        position=position,
    )


def words(name: str, number: int) -> str:
    return " ".join(f"{name}{n}" for n in range(number)) + "."


def first_words(pages: list[Document], limit: int = 12) -> list[str]:
    return [passage.text.split()[0] for passage in choose_passages(pages, limit)]


def test_start_page_first_then_business_pages_then_others_and_no_legal_page() -> None:
    pages = [
        page("privacy-policy", words("legal", 70), 1),
        page("blog/holiday", words("blog", 70), 2),
        page("gallery", words("gallery", 70), 3),
        page("leistungen", words("services", 70), 4),
        page("", words("start", 70), 0),
    ]
    assert first_words(pages) == ["start0", "services0", "gallery0", "blog0"]


@pytest.mark.parametrize(
    "path", ["datenschutz", "cookie-policy", "mentions-legales", "regulamin", "impressum.html"]
)
def test_legal_pages_are_left_out_in_many_languages(path: str) -> None:
    pages = [page(path, words("legal", 70), 1), page("x", words("other", 70), 2)]
    assert first_words(pages) == ["other0"]
    assert first_words(pages[:1]) == ["legal0"]


@pytest.mark.parametrize("path", ["air-conditioning", "legal-advice", "conditioner", "tagliatelle"])
def test_trades_that_sound_legal_or_like_news_are_not_put_aside(path: str) -> None:
    pages = [page(path, words("trade", 70), 1), page("x", words("other", 70), 2)]
    assert first_words(pages) == ["trade0", "other0"]


def test_a_passage_of_cookies_and_personal_data_is_left_out_wherever_it_stands() -> None:
    notice = "We use cookies and process personal data under the GDPR. " + words("cookie", 60)
    pages = [page("about", f"{notice}\n{words('business', 70)}", 1)]
    assert first_words(pages) == ["business0"]


def test_what_a_start_page_opens_with_is_kept_beside_its_placeholders() -> None:
    filler = "Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 12
    start = page("", f"{filler}\n{words('rooms', 70)}\n{filler}", 0, title="Bed and breakfast")
    assert first_words([start]) == ["Bed", "rooms0"]


def test_a_bakery_of_cookies_keeps_its_place() -> None:
    pages = [page("", "Cookies and cookies baked daily. " + words("bakery", 60), 0)]
    pages.append(page("x", words("other", 70), 1))
    assert first_words(pages) == ["Cookies", "other0"]


def test_breadth_and_depth_share_the_budget() -> None:
    long = "\n".join(words(f"sea{n}", 70) for n in range(10))
    pages = [page("", long, 0)] + [page(f"p{n}", words(f"page{n}x", 70), n) for n in range(1, 5)]
    chosen = first_words(pages, limit=5)
    assert chosen[0] == "sea00"
    assert {"sea10", "page1x0"} <= set(chosen)


def test_title_and_description_open_the_first_passage() -> None:
    [passage] = choose_passages([page("", words("text", 20), 0, title="Drone pilots Ltd.")])
    assert passage.text.startswith("Drone pilots Ltd. text0")


def test_the_same_text_on_two_pages_is_one_passage() -> None:
    pages = [page(path, words("same", 70), n) for n, path in enumerate(("", "a", "b"))]
    [passage] = choose_passages(pages)
    assert passage.url == "https://a.example/"


def test_long_lines_are_cut_between_60_and_120_words() -> None:
    text = " ".join(words(f"w{n}", 13) for n in range(60))
    lengths = [len(p.text.split()) for p in choose_passages([page("", text, 0)], limit=100)]
    assert all(60 <= length <= 120 for length in lengths[:-1])


def test_a_text_without_spaces_is_cut_by_characters() -> None:
    passages = choose_passages([page("", "無人機" * 3000, 0)])
    assert max(len(p.text) for p in passages) <= 900


def test_control_and_bidi_marks_are_dropped() -> None:
    [passage] = passages_of_text("drone\u202e \x07pilot\u00a0school", "en")
    assert passage.text == "drone pilot school"


def test_no_text_gives_no_passages() -> None:
    assert choose_passages([]) == ()
    assert choose_passages([page("", " \n\u200b\n", 0)]) == ()


@given(st.lists(st.text(max_size=400), max_size=8), st.integers(1, 12))
def test_passages_are_few_short_and_different_whatever_the_text(
    texts: list[str], limit: int
) -> None:
    pages = [page(f"p{n}", text, n) for n, text in enumerate(texts)]
    passages = choose_passages(pages, limit)
    assert len(passages) <= limit
    assert len({p.text_digest for p in passages}) == len(passages)
    assert all(p.text and len(p.text) <= 1000 for p in passages)
    assert passages == choose_passages(list(reversed(pages)), limit)
