from __future__ import annotations

import json

import pytest

from extract.extractors import visible_text
from extract.link_run import link_websites
from extract.run import extract_documents
from storage.errors import InvalidInput, RetriableError

A, B, C = "https://a.test/", "https://b.test/", "https://c.test/"
TEXT = "We repair agricultural drones and train their pilots on our own field near Lincoln. "
FOOT = "<footer>Lincoln Drone Care Ltd, company number 01234567, LN1 3AA</footer>"
SITE = {
    "/": f"<html><title>Drone Care</title><body><p>{TEXT * 3}</p>{FOOT}</body></html>",
    "/contact": f"<body><p>Call our workshop in Lincoln any day of the week.</p>{FOOT}</body>",
}
WAVE = "2026q1"
EXTRACTOR = visible_text.build({})


def extract(web, **rules):
    return extract_documents(web.store, WAVE, read_page=web.read_page, extractor=EXTRACTOR, **rules)


def link(web):
    return link_websites(web.store, WAVE, read_page=web.read_page)


def outcomes(web) -> dict[str, str]:
    return dict(web.store.rows("SELECT website_url, outcome FROM website_text"))


def test_pages_become_documents_and_are_not_read_twice(web):
    web.add(A, SITE)
    web.add(B, {"/": "<body>hello</body>", "/x.pdf": "%PDF-1.7 x"})
    report = extract(web)
    assert (report.taken, report.done) == (4, 2)
    assert report.rejected == {"not_html": 1, "too_short": 1}
    assert outcomes(web) == {A: "reached", B: "empty"}
    web.reads.clear()
    assert extract(web).taken == 0
    assert web.reads == []


def test_a_website_is_read_again_when_a_page_of_it_changes(web):
    web.add(A, SITE)
    web.add(B, SITE)
    extract(web)
    web.add(A, SITE | {"/": f"<body><p>{TEXT * 4}</p></body>"})
    assert extract(web).taken == 2
    assert web.store.rows("SELECT count(*) FROM document WHERE website_url = ?", [A]) == [(2,)]


def test_pages_that_went_away_leave_no_document(web):
    web.add(A, SITE)
    extract(web)
    web.add(A, {"/": f"<body><p>{TEXT * 4}</p></body>"})
    extract(web)
    assert web.store.rows("SELECT count(*) FROM document") == [(1,)]


def test_other_rules_are_another_version_and_read_anew(web):
    web.add(A, SITE)
    extract(web)
    assert extract(web, languages=frozenset(["de"])).rejected == {"unsupported_language": 2}
    assert outcomes(web) == {A: "unsupported_language"}
    assert extract(web, minimum_words=500).taken == 2
    assert outcomes(web) == {A: "empty"}
    assert extract(web).done == 2


def test_a_page_whose_record_is_broken_counts_as_failed_and_the_rest_goes_on(web):
    web.add(A, SITE)
    web.faults[f"{A}contact"] = ValueError("truncated record")
    report = extract(web)
    assert (report.done, report.failed) == (1, {"page_fault": 1})
    assert web.store.rows("SELECT detail FROM page_rejection") == [
        ("fault: ValueError: truncated record",)
    ]
    assert extract(web).taken == 0


def test_a_fault_of_one_record_told_as_invalid_input_fails_that_page_only(web):
    web.add(A, {"/": SITE["/"]})
    web.faults[A] = InvalidInput("The archive is broken here")
    assert extract(web).failed == {"page_fault": 1}
    assert outcomes(web) == {A: "failed"}


def test_an_extractor_that_breaks_on_a_page_costs_that_page_only(web):
    class Breaking:
        version = "breaking/1"

        def read(self, body, *, content_type, url):
            if "contact" in url:
                raise RecursionError("too deep")
            return EXTRACTOR.read(body, content_type=content_type, url=url)

    web.add(A, SITE)
    report = extract_documents(web.store, WAVE, read_page=web.read_page, extractor=Breaking())
    assert (report.done, report.failed) == (1, {"page_fault": 1})


def test_an_archive_out_of_reach_stops_the_stage_and_keeps_what_was_done(web):
    for number in range(45):
        web.add(f"https://site{number:02}.test/", SITE)
    web.faults["https://site42.test/contact"] = RetriableError("The disk is away")
    with pytest.raises(RetriableError):
        extract(web)
    kept = web.store.rows("SELECT count(DISTINCT website_url) FROM document")
    web.faults.clear()
    report = extract(web)
    assert kept == [(40,)]
    assert report.taken == 10
    assert len(outcomes(web)) == 45


def test_breaking_off_keeps_whole_batches_and_says_what_is_left(web):
    for number in range(45):
        web.add(f"https://site{number:02}.test/", SITE)
    web.faults["https://site44.test/"] = KeyboardInterrupt()
    report = extract(web)
    assert report.interrupted
    assert (report.done, report.pending) == (80, 10)


def test_progress_is_heard_to_the_end(web):
    heard = []
    web.add(A, SITE)
    extract(web, progress=lambda *told: heard.append(told))
    assert heard[0] == ("extract", 0, 2)
    assert heard[-1] == ("extract", 2, 2)


def test_links_are_judged_once_for_every_unit_of_a_website(web):
    web.add(A, SITE)
    web.add(B, {"/": "<body>nothing</body>"})
    web.add_unit(A, unit_id="u1", legal_name="Lincoln Drone Care Limited", country="GB")
    web.add_unit(A, unit_id="u2", legal_name="Some Holding plc")
    web.add_unit(B, unit_id="u1", legal_name="Lincoln Drone Care Limited")
    extract(web)
    report = link(web)
    assert (report.taken, report.done, report.rejected) == (2, 2, {})
    links = web.store.rows(
        "SELECT unit_id, link_probability, link_evidence FROM website_link ORDER BY unit_id"
    )
    assert links[0][1] > 0.99 > links[1][1] > 0.3
    assert json.loads(links[0][2])["name"] == "agree"
    assert link(web).taken == 0


def test_a_website_of_another_company_is_turned_away(web):
    web.add(A, SITE)
    web.add_unit(
        A,
        unit_id="u1",
        legal_name="Harbour Bakery Ltd",
        registration_number="07654321",
        postcode="PL1 2AB",
    )
    extract(web)
    assert link(web).rejected == {"not_the_units_website": 1}


def test_links_are_judged_anew_when_the_text_changes(web):
    web.add(A, SITE)
    web.add_unit(A, unit_id="u1", legal_name="Lincoln Drone Care Limited")
    extract(web)
    link(web)
    web.add(A, {"/": f"<body><p>{TEXT * 4}</p></body>"})
    extract(web)
    assert link(web).taken == 1
    evidence = web.store.rows("SELECT link_evidence FROM website_link")
    assert json.loads(evidence[0][0])["name"] == "absent"


def test_no_phone_or_mail_address_found_is_stored(web):
    page = f"<body><p>{TEXT * 3}</p><a href='tel:+441522555010'>x</a> jo@a.test</body>"
    web.add(A, {"/": page})
    web.add_unit(
        A, unit_id="u1", legal_name="X", phone="01522 555010", country="GB", email="jo@a.test"
    )
    extract(web)
    link(web)
    ((stored,),) = web.store.rows("SELECT link_evidence FROM website_link")
    assert json.loads(stored)["phone"] == "agree"
    assert set(json.loads(stored).values()) <= {"agree", "disagree", "absent"}


def test_a_page_that_cannot_be_had_again_leaves_its_facts_absent(web):
    web.add(A, SITE)
    web.add_unit(A, unit_id="u1", legal_name="Lincoln Drone Care Limited")
    extract(web)
    web.faults = {f"{A}": OSError("gone"), f"{A}contact": OSError("gone")}
    assert link(web).done == 1
    ((probability,),) = web.store.rows("SELECT link_probability FROM website_link")
    assert probability == pytest.approx(0.9)


def test_breaking_off_the_links_leaves_the_rest_pending(web):
    web.add(A, SITE)
    web.add_unit(A, unit_id="u1", legal_name="X")
    extract(web)
    web.faults[A] = KeyboardInterrupt()
    report = link(web)
    assert (report.interrupted, report.pending) == (True, 1)


def waves(web) -> None:
    for position, wave in enumerate((WAVE, "2026q2")):
        web.store.execute(
            "INSERT INTO wave VALUES (?, ?, now(), 'r.csv', '', '', 1, 0)", [wave, position]
        )
    for table in ("page", "unit", "unit_website"):
        web.store.execute(
            f"INSERT INTO {table} BY NAME SELECT * REPLACE ('2026q2' AS wave) FROM {table}"  # noqa: S608 - names of ours
        )
    web.reads.clear()


def extract_again(web):
    return extract_documents(web.store, "2026q2", read_page=web.read_page, extractor=EXTRACTOR)


def test_what_was_read_of_unchanged_websites_is_taken_over_in_the_next_wave(web):
    web.add(A, SITE)
    web.add(B, {"/": "<body>hello</body>", "/x.pdf": "%PDF-1.7 x"})
    first = extract(web)
    waves(web)
    second = extract_again(web)
    assert web.reads == []
    assert (second.taken, second.done, second.rejected) == (4, first.done, first.rejected)
    for table in ("document", "page_rejection", "website_text"):
        rows = f"SELECT * EXCLUDE (wave) FROM {table} WHERE wave = ? ORDER BY ALL"  # noqa: S608 - names of ours
        assert web.store.rows(rows, ["2026q2"]) == web.store.rows(rows, [WAVE])
    assert extract_again(web).taken == 0


def test_a_website_of_which_one_page_changed_is_read_whole(web):
    web.add(A, SITE)
    web.add(B, SITE)
    extract(web)
    waves(web)
    web.store.execute(
        "UPDATE page SET body_digest = 'sha256:other' WHERE wave = '2026q2' AND url = ?",
        [f"{B}contact"],
    )
    extract_again(web)
    assert sorted(web.reads) == [B, f"{B}contact"]


def test_pages_that_failed_through_our_fault_are_tried_again_in_the_next_wave(web):
    web.add(A, SITE)
    web.faults[f"{A}contact"] = ValueError("truncated record")
    extract(web)
    waves(web)
    web.faults.clear()
    assert extract_again(web).failed == {}
    assert len(web.reads) == 2


def linked_again(web) -> tuple[int, list[str]]:
    """Read and link the second wave; returns pairs done, and the pages read for linking."""
    extract_again(web)
    web.reads.clear()
    report = link_websites(web.store, "2026q2", read_page=web.read_page)
    assert report.pending == 0
    return report.done, list(web.reads)


def test_links_of_unchanged_websites_and_units_are_taken_over(web):
    web.add(A, SITE)
    web.add_unit(A, unit_id="u1", legal_name="Alpha Werke GmbH")
    web.add_unit(A, unit_id="u2", legal_name="X")
    extract(web)
    first = link(web)
    waves(web)
    done, reads = linked_again(web)
    assert (done, reads) == (first.done, [])
    rows = "SELECT * EXCLUDE (wave) FROM website_link WHERE wave = ? ORDER BY ALL"
    assert web.store.rows(rows, ["2026q2"]) == web.store.rows(rows, [WAVE])
    assert linked_again(web) == (0, [])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE unit SET legal_name = 'Beta' WHERE wave = '2026q2'",
        "UPDATE unit_website SET declared = NOT declared WHERE wave = '2026q2'",
        "UPDATE page SET body_digest = 'sha256:x' WHERE wave = '2026q2' AND url LIKE '%contact'",
        "UPDATE website_link SET method_version = 'old'",
    ],
)
def test_a_link_is_judged_anew_where_anything_of_it_changed(web, change):
    web.add(A, SITE)
    web.add_unit(A, unit_id="u1", legal_name="Alpha Werke GmbH")
    extract(web)
    link(web)
    waves(web)
    web.store.execute(change)
    assert linked_again(web)[1]
