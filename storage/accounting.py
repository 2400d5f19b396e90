"""Outcome codes and their classes: the one table by which every unit is accounted for.

The classes follow the standard definitions for surveys (AAPOR), carried over to websites.
`docs/outcomes.md` is made from this module.
"""

from __future__ import annotations

from enum import StrEnum


class OutcomeClass(StrEnum):
    """What an outcome means for the estimate."""

    COMPLETE = "complete"  # a score stands
    STRUCTURAL = "structural"  # no website: a state of the unit, not a failure to reach it
    INELIGIBLE = "ineligible"  # the website is not one of the unit's own business
    REFUSAL = "refusal"  # the website's owner said no
    NON_CONTACT = "non_contact"  # nobody answered; may be there
    OTHER = "other"  # answered, but gave nothing that can be read, or our own fault


class Outcome(StrEnum):
    """Final outcome of a website or a unit in a wave."""

    REACHED = "reached"
    CLASSIFIED = "classified"
    NO_WEBSITE = "no_website"
    NOT_THE_UNITS_WEBSITE = "not_the_units_website"
    PARKED = "parked"
    REDIRECTED_ELSEWHERE = "redirected_elsewhere"
    REFUSED_ROBOTS = "refused_robots"
    REFUSED_OPT_OUT = "refused_opt_out"
    REFUSED_HTTP = "refused_http"
    RATE_LIMITED = "rate_limited"
    ROBOTS_UNAVAILABLE = "robots_unavailable"
    NOT_FOUND = "not_found"
    SERVER_ERROR = "server_error"
    DNS_FAILURE = "dns_failure"
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_RESET = "connection_reset"
    TIMEOUT = "timeout"
    TLS_FAILURE = "tls_failure"
    EMPTY = "empty"
    NEEDS_BROWSER = "needs_browser"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    REDIRECT_LOOP = "redirect_loop"
    BAD_RESPONSE = "bad_response"
    BLOCKED_ADDRESS = "blocked_address"
    TOO_LARGE = "too_large"
    FAILED = "failed"
    PENDING = "pending"


# Code -> (class, meaning). The order is also the order of preference where a unit has several
# websites and none of them was classified: the first one found explains the unit best.
OUTCOMES: dict[Outcome, tuple[OutcomeClass, str]] = {
    Outcome.CLASSIFIED: (OutcomeClass.COMPLETE, "scored for at least one sector"),
    Outcome.PENDING: (OutcomeClass.OTHER, "waits for the stage named in detail"),
    Outcome.REACHED: (OutcomeClass.COMPLETE, "website only: pages of its own were kept"),
    Outcome.EMPTY: (OutcomeClass.OTHER, "answered, but holds too little text to decide on"),
    Outcome.NEEDS_BROWSER: (
        OutcomeClass.OTHER,
        "its text is made by scripts, and no browser was used or it made none",
    ),
    Outcome.UNSUPPORTED_LANGUAGE: (OutcomeClass.OTHER, "written in a language not read here"),
    Outcome.REFUSED_ROBOTS: (OutcomeClass.REFUSAL, "robots.txt denies the start page"),
    Outcome.REFUSED_OPT_OUT: (OutcomeClass.REFUSAL, "the owner asked not to be visited"),
    Outcome.REFUSED_HTTP: (OutcomeClass.REFUSAL, "answered 401, 403 or 451"),
    Outcome.RATE_LIMITED: (OutcomeClass.REFUSAL, "answered 429 to the end"),
    Outcome.ROBOTS_UNAVAILABLE: (OutcomeClass.NON_CONTACT, "robots.txt answered 5xx to the end"),
    Outcome.SERVER_ERROR: (OutcomeClass.NON_CONTACT, "answered 5xx to the end"),
    Outcome.TIMEOUT: (OutcomeClass.NON_CONTACT, "no answer in time"),
    Outcome.CONNECTION_REFUSED: (OutcomeClass.NON_CONTACT, "the host refuses connections"),
    Outcome.CONNECTION_RESET: (OutcomeClass.NON_CONTACT, "the host breaks connections off"),
    Outcome.TLS_FAILURE: (OutcomeClass.NON_CONTACT, "no trustworthy encrypted connection"),
    Outcome.DNS_FAILURE: (OutcomeClass.NON_CONTACT, "the host name does not resolve"),
    Outcome.NOT_FOUND: (OutcomeClass.NON_CONTACT, "the start page answered 404 or 410"),
    Outcome.REDIRECT_LOOP: (OutcomeClass.OTHER, "redirects without end"),
    Outcome.BAD_RESPONSE: (OutcomeClass.OTHER, "the answer is not HTTP, HTML or readable"),
    Outcome.TOO_LARGE: (OutcomeClass.OTHER, "the answer is larger than may be taken"),
    Outcome.BLOCKED_ADDRESS: (OutcomeClass.OTHER, "leads to an address that may not be visited"),
    Outcome.PARKED: (OutcomeClass.INELIGIBLE, "a parking page, no website of a business"),
    Outcome.REDIRECTED_ELSEWHERE: (OutcomeClass.INELIGIBLE, "leads to a website of somebody else"),
    Outcome.NOT_THE_UNITS_WEBSITE: (
        OutcomeClass.INELIGIBLE,
        "its pages clearly name another company",
    ),
    Outcome.NO_WEBSITE: (OutcomeClass.STRUCTURAL, "the register names no website"),
    Outcome.FAILED: (OutcomeClass.OTHER, "our own fault; the reason stands in detail"),
}

# After so many a visit breaks off: pages in a row that were not had, and times that a host may say
# "too many requests" to the end, or that it is busy for longer.
MAX_FAILURES_IN_A_ROW = 5
MAX_TIMES = 2

# A later pass may find these better; all others stand for the wave.
TRANSIENT = frozenset(
    {
        Outcome.ROBOTS_UNAVAILABLE,
        Outcome.SERVER_ERROR,
        Outcome.TIMEOUT,
        Outcome.CONNECTION_REFUSED,
        Outcome.CONNECTION_RESET,
        Outcome.DNS_FAILURE,
        Outcome.TLS_FAILURE,
        Outcome.RATE_LIMITED,
        Outcome.FAILED,
    }
)


def outcome_class(outcome: Outcome) -> OutcomeClass:
    """Return the class that an outcome belongs to."""
    return OUTCOMES[outcome][0]
