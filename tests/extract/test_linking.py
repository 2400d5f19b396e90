from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.identifiers import SourcePage, find_identifiers
from extract.linking import AGREEMENT, Finding, compare, judge_link, link_probability
from storage.records.frame import Unit

WEBSITE = "https://www.adlerblick-vermessung.test/"
OWN = """<title>Adlerblick Vermessung</title><body><p>Impressum: Adlerblick Vermessung GmbH,
Mainstraße 1, 97070 Würzburg, Tel. 0931 1234567, E-Mail post@adlerblick-vermessung.test</p>
<p>Amtsgericht Würzburg HRB 12345, USt-IdNr. DE123456704</p></body>"""
OTHER = """<body><p>Impressum: Bäckerei Krause GmbH, Elbweg 2, 01067 Dresden, Tel. 0351 7654321,
post@krause.test</p><p>Amtsgericht Dresden HRB 54321, USt-IdNr. DE987654301</p></body>"""
SHOP = "<body><p>Fresh bread every day from our oven. Come and see us at the market.</p></body>"


def facts(*pages: str):
    return find_identifiers(
        SourcePage(url="https://x.test/impressum", body=p.encode(), content_type="") for p in pages
    )


def unit(**fields: str) -> Unit:
    return Unit(
        **({"unit_id": "u", "legal_name": "Adlerblick Vermessung GmbH", "country": "DE"} | fields)
    )


def judge(*pages: str, website: str = WEBSITE, declared: bool = True, **fields: str):
    return judge_link(unit(**fields), website, found=facts(*pages), declared=declared)


FULL = {
    "vat_number": "DE 123456704",
    "registration_number": "HRB 12345",
    "phone": "+49 931 1234567",
    "email": "post@adlerblick-vermessung.test",
    "postcode": "97070",
}


def test_everything_agreeing_is_as_good_as_sure():
    link = judge(OWN, **FULL)
    assert link.accepted
    assert link.link_probability > 0.9999
    assert json.loads(link.link_evidence) == dict.fromkeys(AGREEMENT, "agree")


def test_the_probability_is_that_of_the_formula():
    evidence = {"registration_number": Finding.AGREE, "postcode": Finding.DISAGREE}
    odds = 9 * (0.93 / 0.006) * (0.30 / 0.66)
    assert link_probability(evidence, declared=True) == pytest.approx(odds / (1 + odds))
    assert link_probability({}, declared=True) == pytest.approx(0.90)
    assert link_probability({}, declared=False) == pytest.approx(0.10)


def test_a_unit_with_only_a_name_is_accepted_whatever_the_pages_say():
    for page in (OWN, OTHER, SHOP):
        link = judge(page, website="https://x.test/")
        assert link.accepted
    assert judge(OWN).link_probability > judge(SHOP).link_probability


def test_pages_that_name_another_company_by_number_and_name_are_turned_away():
    link = judge(OTHER, website="https://krause.test/", **FULL)
    assert not link.accepted
    assert link.link_probability < 0.05
    by_register = judge(OTHER, website="https://krause.test/", registration_number="HRB 99999")
    assert not by_register.accepted


def test_a_number_of_another_kind_needs_a_further_contradiction():
    only_vat = {"vat_number": "ATU12345602"}
    assert judge(OTHER, website="https://krause.test/", **only_vat).accepted
    with_postcode = only_vat | {"postcode": "97070"}
    assert not judge(OTHER, website="https://krause.test/", **with_postcode).accepted


def test_a_vat_number_with_wrong_check_digits_shows_that_somebody_is_named():
    page = "<body>Krause GmbH, 01067 Dresden, USt-IdNr.: DE987654300</body>"
    doubtful = {"vat_number": "DE123456704"}
    assert judge(page, website="https://krause.test/", **doubtful).accepted
    assert not judge(page, website="https://krause.test/", postcode="97070", **doubtful).accepted


@pytest.mark.parametrize(
    "agreeing",
    [
        {"phone": "0351 7654321"},
        {"postcode": "01067"},
        {"trade_name": "Bäckerei Krause"},
        {"email": "post@krause.test"},
    ],
)
def test_one_agreement_is_doubt_enough_to_accept(agreeing):
    assert judge(OTHER, website="https://krause.test/", **(FULL | agreeing)).accepted


def test_a_group_company_on_the_website_of_its_group_is_accepted():
    group = OWN + OTHER
    link = judge(group, website="https://gruppe.test/", legal_name="Bäckerei Krause GmbH")
    assert link.accepted
    assert judge(group, website="https://gruppe.test/").accepted


def test_a_translated_name_without_numbers_is_accepted():
    assert judge(SHOP, legal_name="Brot und Mehl GmbH", website="https://bread.test/").accepted


def test_a_found_website_needs_more_than_half():
    assert not judge(SHOP, website="https://x.test/", declared=False).accepted
    assert judge(OWN, declared=False, **FULL).accepted


def test_names_meet_in_spite_of_spelling():
    for name in (
        "ADLERBLICK VERMESSUNG GMBH",
        "Adlerblick  Vermessung Gesellschaft mbH",
        "adlerblickvermessung",
    ):
        page = OWN + "<p>AdlerblickVermessung</p>"
        assert (
            compare(unit(legal_name=name), "https://x.test/", found=facts(page))["name"]
            is Finding.AGREE
        )


def test_a_very_short_name_must_be_named_as_a_company():
    page = "<body><p>an abc of bread</p></body>"
    short = unit(legal_name="ABC AG")
    assert compare(short, "https://x.test/", found=facts(page))["name"] is Finding.ABSENT
    named = facts("<body><p>Betreiber: ABC AG, Bern</p></body>")
    assert compare(short, "https://x.test/", found=named)["name"] is Finding.AGREE


def test_a_provider_s_mail_address_says_nothing_of_the_domain():
    fields = compare(unit(email="adlerblick@gmail.com"), WEBSITE, found=facts(OWN))
    assert fields["domain"] is Finding.ABSENT
    assert fields["email"] is Finding.DISAGREE


@pytest.mark.parametrize("country", ["DE", "", "Deutschland"])
@pytest.mark.parametrize("phone", ["0931/1234567", "+49 (0)931 123-4567", "0049 931 1234567"])
def test_phones_meet_in_any_spelling(country, phone):
    fields = compare(unit(phone=phone, country=country), WEBSITE, found=facts(OWN))
    assert fields["phone"] is Finding.AGREE


def test_the_register_s_own_number_without_its_country_agrees():
    fields = compare(unit(vat_number="123 456 704"), WEBSITE, found=facts(OWN))
    assert fields["vat_number"] is Finding.AGREE


def test_a_foreign_vat_number_of_a_group_does_not_contradict():
    fields = compare(unit(vat_number="ATU12345602"), WEBSITE, found=facts(OWN))
    assert fields["vat_number"] is Finding.ABSENT


def test_hostile_register_values_are_compared_like_any_other():
    for value in ("=1+1", "<b>", "\u202e", "(", "[a-", "0" * 500):
        fields = dict.fromkeys([*FULL, "trade_name", "country"], value)
        assert judge(OWN, **fields, legal_name=value).link_probability > 0


FINDINGS = st.dictionaries(st.sampled_from(sorted(AGREEMENT)), st.sampled_from(Finding))


@given(FINDINGS, st.sampled_from(sorted(AGREEMENT)), st.booleans())
def test_an_agreeing_identifier_never_lowers_the_probability(evidence, field, declared):
    without = {name: finding for name, finding in evidence.items() if name != field}
    low = link_probability(without, declared=declared)
    disagreeing = link_probability(without | {field: Finding.DISAGREE}, declared=declared)
    agreeing = link_probability(without | {field: Finding.AGREE}, declared=declared)
    assert 0 <= disagreeing <= low <= agreeing <= 1


@given(
    st.sampled_from(["phone", "email", "postcode", "legal_name", "trade_name", "city", "address"]),
    st.text(max_size=30),
    st.sampled_from([OWN, OTHER, SHOP]),
)
def test_one_weak_field_whatever_it_holds_never_turns_a_website_away(field, value, page):
    assert judge(page, website="https://x.test/", **{field: value}).accepted
    assert judge(OWN, **(FULL | {field: value})).accepted


@given(st.sampled_from(["vat_number", "registration_number"]), st.sampled_from([OWN, SHOP]))
def test_one_number_missing_from_the_pages_never_turns_a_website_away(field, page):
    assert judge(page, **{field: "FR93732829304"}).accepted
