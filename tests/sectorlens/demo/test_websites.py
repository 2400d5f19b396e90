"""The websites of the made-up economy: links, languages, names, and something to learn."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise
from urllib.parse import urldefrag, urljoin

import numpy as np
import py3langid
import pytest
from lxml import html
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from sectorlens.demo.economy import Economy, make_economy
from sectorlens.demo.texts import load_activities, load_language
from sectorlens.demo.world import LANGUAGES, SECTORS, DemoWebsite, Situation

READABLE = {
    Situation.ORDINARY, Situation.SLOW, Situation.MOVED, Situation.SHARED,
    Situation.TWO_WEBSITES, Situation.HOSTILE,
}  # fmt: skip


@pytest.fixture(scope="module")
def economy() -> Economy:
    return make_economy()


@pytest.fixture(scope="module")
def readable(economy: Economy) -> list[DemoWebsite]:
    return [
        website
        for website in economy.websites
        if website.situation in READABLE and pages_of(website)
    ]


def pages_of(website: DemoWebsite) -> dict[str, html.HtmlElement]:
    return {
        path: html.fromstring(answer.body)
        for path, answer in website.responses.items()
        if answer.media_type.startswith("text/html") and answer.status == 200
    }


def text_of(page: html.HtmlElement) -> str:
    return " ".join(text for text in page.itertext() if text.strip())


def test_every_link_in_a_website_resolves_and_none_names_host_or_port(
    readable: list[DemoWebsite],
) -> None:
    for website in readable:
        for path, page in pages_of(website).items():
            links = [link for _, _, link, _ in page.iterlinks()]
            assert links
            for link in links:
                assert "//" not in link
                target = urldefrag(urljoin(f"http://h{path}", link)).url.removeprefix("http://h")
                assert target in website.responses, (website.host, path, link)


def test_every_page_can_be_reached_from_the_start_page(readable: list[DemoWebsite]) -> None:
    for website in readable:
        links = [link for _, _, link, _ in pages_of(website)["/"].iterlinks()]
        reached = {
            urldefrag(urljoin("http://h/", link)).url.removeprefix("http://h") for link in links
        }
        assert set(pages_of(website)) <= reached | {"/"}


def test_websites_have_three_to_nine_pages_and_four_builds(readable: list[DemoWebsite]) -> None:
    assert all(3 <= len(pages_of(website)) <= 9 for website in readable)
    starts = [website.responses["/"].body for website in readable]
    for mark in (b"<article>", b'id="wrap"', b"<section id=", b"<font face="):
        assert sum(mark in start for start in starts) >= 20


def test_pages_are_told_as_their_language(readable: list[DemoWebsite]) -> None:
    right: dict[str, list[bool]] = defaultdict(list)
    for website in readable:
        for page in pages_of(website).values():
            right[website.language].append(py3langid.classify(text_of(page))[0] == website.language)
    assert set(right) == set(LANGUAGES)
    for language, hits in right.items():
        assert np.mean(hits) >= 0.95, language


def test_imprints_name_the_company_as_registered(
    economy: Economy, readable: list[DemoWebsite]
) -> None:
    units = {unit.unit_id: unit for unit in economy.units}
    for website in readable:
        text = " ".join(text_of(page) for page in pages_of(website).values())
        squeezed = re.sub(r"\s", "", text)
        for unit_id in website.unit_ids:
            firm = units[unit_id].firm
            assert firm.website_name in text
            assert firm.vat_number in squeezed
            assert firm.postcode in text


def test_the_wrong_website_names_another_company_only(economy: Economy) -> None:
    (unit,) = (unit for unit in economy.units if unit.situation is Situation.OTHER_COMPANY)
    (website,) = (website for website in economy.websites if website.host in unit.hosts)
    text = " ".join(text_of(page) for page in pages_of(website).values())
    assert unit.firm.legal_name not in text
    assert unit.firm.vat_number not in re.sub(r"\s", "", text)
    assert unit.firm.phone not in text


def test_a_script_only_website_holds_its_text_in_the_script(economy: Economy) -> None:
    shells = [w for w in economy.websites if w.situation is Situation.SCRIPT_ONLY]
    assert shells
    for website in shells:
        page = html.fromstring(website.responses["/"].body)
        for script in page.iter("script", "noscript", "title"):
            script.text = ""
        assert len(text_of(page).split()) < 5
        assert len(website.responses["/app.js"].body) > 1500


def test_no_template_slot_is_left_open(economy: Economy) -> None:
    for website in economy.websites:
        for page in pages_of(website).values():
            if website.situation is not Situation.SCRIPT_ONLY:
                assert not re.search(r"[{}\[\]|]", text_of(page)), text_of(page)


def test_no_two_banks_share_a_sentence() -> None:
    for language in LANGUAGES:
        banks = load_language(language)
        assert set(banks.activities) == {activity.key for activity in load_activities()}
        told = [sentence for entry in banks.activities.values() for sentence in entry.sentences]
        told += [sentence for group in banks.sentences.values() for sentence in group]
        told += [sentence for group in banks.mentions.values() for sentence in group]
        told += [sentence for group in banks.sectors.values() for sentence in group]
        ordered = sorted(told)
        assert all(first != second for first, second in pairwise(ordered))


@pytest.mark.parametrize("sector", SECTORS)
def test_words_alone_learn_something_but_not_everything(
    economy: Economy, readable: list[DemoWebsite], sector: str
) -> None:
    truth = economy.truth(sector)
    texts = [
        (truth[website.unit_ids[0]], " ".join(text_of(page) for page in pages_of(website).values()))
        for website in readable
        if website.unit_ids
    ]
    active = np.array([active for active, _ in texts])
    model = make_pipeline(
        TfidfVectorizer(sublinear_tf=True, min_df=2),
        LogisticRegression(C=10.0, class_weight="balanced", max_iter=500),
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    scores = cross_val_predict(
        model, [text for _, text in texts], active, cv=folds, method="decision_function"
    )
    precision = average_precision_score(active, scores)
    assert active.mean() * 1.3 < precision < 0.97
