from experimental_stats.audit_answers import Answer, by_unit, disagreements, double_coding


def coded(*pairs: tuple[bool | None, bool | None]) -> dict[str, list[Answer]]:
    """Units answered by ann and ben."""
    return by_unit(
        Answer(line=0, unit_id=f"u{place}", sector="s", active=active, coder=coder)
        for place, pair in enumerate(pairs)
        for coder, active in zip(("ann", "ben"), pair, strict=True)
    )


def test_what_two_coders_said_is_counted():
    table = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    found = double_coding(coded(*table))
    assert (found.double_coded, found.agreed) == (50, 35)
    assert found.answers_of_two == ((20, 5), (10, 15))


def test_who_cannot_tell_and_who_adjudicates_is_no_second_coder():
    answers = coded((True, None))
    answers["u0"].append(
        Answer(line=0, unit_id="u0", sector="s", active=False, coder="adjudicated")
    )
    assert double_coding(answers).double_coded == 0
    assert disagreements(answers) == {}


def test_disagreements_are_listed_with_what_each_coder_said():
    assert disagreements(coded((True, True), (True, False))) == {"u1": {"ann": True, "ben": False}}
