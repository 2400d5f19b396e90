CREATE TABLE audit_draw (
    wave VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    draw_id VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    seed BIGINT NOT NULL,
    design VARCHAR NOT NULL,            -- JSON object: strata, sizes, rule
    drawn_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (wave, sector)
);
-- Every responded unit of the draw has a stratum; the drawn ones are in the sample.
CREATE TABLE audit_unit (
    wave VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    unit_id VARCHAR NOT NULL,
    stratum VARCHAR NOT NULL,
    drawn BOOLEAN NOT NULL,
    inclusion_probability DOUBLE NOT NULL,
    PRIMARY KEY (wave, sector, unit_id)
);
CREATE TABLE estimate (
    wave VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    measure VARCHAR NOT NULL,
    domain_variable VARCHAR NOT NULL,
    domain VARCHAR NOT NULL,
    estimator VARCHAR NOT NULL,
    value DOUBLE,
    standard_error DOUBLE,
    ci_lower DOUBLE,
    ci_upper DOUBLE,
    confidence_level DOUBLE NOT NULL,
    n_frame BIGINT,                     -- with the figures NULL where disclosure is not empty
    n_classified BIGINT,
    n_audit BIGINT,
    quality VARCHAR NOT NULL,
    disclosure VARCHAR NOT NULL,
    method_version VARCHAR NOT NULL,
    PRIMARY KEY (wave, sector, measure, domain_variable, domain, estimator)
);
CREATE TABLE release (
    wave VARCHAR NOT NULL,
    release_digest VARCHAR NOT NULL,    -- sha256:<hex> of manifest.json
    directory VARCHAR NOT NULL,
    built_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
