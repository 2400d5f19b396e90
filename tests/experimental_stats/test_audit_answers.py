import pytest

from experimental_stats.audit_answers import Answer, agreement, by_unit, disagreements


def coded(*pairs: tuple[bool | None, bool | None]) -> dict[str, list[Answer]]:
    """Units answered by ann and ben."""
    return by_unit(
        Answer(line=0, unit_id=f"u{place}", sector="s", active=active, coder=coder)
        for place, pair in enumerate(pairs)
        for coder, active in zip(("ann", "ben"), pair, strict=True)
    )


def test_kappa_and_ac1_by_hand():
    # 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: p = .70; shares .50 and .60.
    table = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    found = agreement(coded(*table))
    assert (found.double_coded, found.agreed) == (50, 35)
    assert found.kappa == pytest.approx(0.4)  # p_e = .5 * .6 + .5 * .4 = .5
    # q = .55: p_e = 2 * .55 * .45 = .495
    assert found.ac1 == pytest.approx((0.7 - 0.495) / 0.505)


def test_where_all_say_no_kappa_is_not_defined_and_ac1_is_one():
    found = agreement(coded(*[(False, False)] * 10))
    assert (found.kappa, found.ac1) == (None, 1.0)


def test_who_cannot_tell_and_who_adjudicates_is_no_second_coder():
    answers = coded((True, None))
    answers["u0"].append(
        Answer(line=0, unit_id="u0", sector="s", active=False, coder="adjudicated")
    )
    assert agreement(answers).double_coded == 0
    assert disagreements(answers) == {}


def test_disagreements_are_listed_with_what_each_coder_said():
    assert disagreements(coded((True, True), (True, False))) == {"u1": {"ann": True, "ben": False}}
