-- What releases told of the units of a domain, by class of outcomes: so that a later release of the wave, with other
-- breakdowns, does not tell what these kept back.
CREATE TABLE told_waterfall (
    wave VARCHAR NOT NULL,
    release_digest VARCHAR NOT NULL,
    domain_variable VARCHAR NOT NULL,
    domain VARCHAR NOT NULL,
    outcome_class VARCHAR NOT NULL,     -- _T for all units of the domain
    n_units BIGINT NOT NULL,
    PRIMARY KEY (wave, release_digest, domain_variable, domain, outcome_class)
);
