-- What changed between two waves, and how published figures were revised.
CREATE TABLE wave_change (
    wave VARCHAR NOT NULL,
    earlier_wave VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    measure VARCHAR NOT NULL,
    value_before DOUBLE NOT NULL,
    value_after DOUBLE NOT NULL,
    value DOUBLE NOT NULL,              -- after - before
    standard_error DOUBLE NOT NULL,
    ci_lower DOUBLE NOT NULL,
    ci_upper DOUBLE NOT NULL,
    confidence_level DOUBLE NOT NULL,
    correlation DOUBLE NOT NULL,        -- of the two totals' errors
    n_audit_before BIGINT NOT NULL,
    n_audit_after BIGINT NOT NULL,
    n_audit_both BIGINT NOT NULL,
    break_factor DOUBLE,                -- new model over old, from the bridge; NULL: no bridge needed, or none made
    method_version VARCHAR NOT NULL,
    PRIMARY KEY (wave, earlier_wave, sector, measure)
);
CREATE TABLE wave_change_component (
    wave VARCHAR NOT NULL,
    earlier_wave VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    component VARCHAR NOT NULL,
    n_units BIGINT NOT NULL,            -- units it applies to, whatever was decided of them
    gained BIGINT NOT NULL,             -- decided active only in the later wave
    lost BIGINT NOT NULL,               -- decided active only in the earlier wave
    value DOUBLE NOT NULL,              -- enterprises; all components add up to the change of the estimate
    PRIMARY KEY (wave, earlier_wave, sector, component)
);
-- Every figure as each release told it, kept where it differs from what was told before.
CREATE TABLE estimate_vintage (
    wave VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    vintage INTEGER NOT NULL,           -- 1 is the first release of the wave's sector
    cause VARCHAR NOT NULL,             -- first, revision (new data), break (method, model, definition or frame)
    measure VARCHAR NOT NULL,
    domain_variable VARCHAR NOT NULL,
    domain VARCHAR NOT NULL,
    estimator VARCHAR NOT NULL,
    value DOUBLE,                       -- NULL where suppressed
    standard_error DOUBLE,
    ci_lower DOUBLE,
    ci_upper DOUBLE,
    disclosure VARCHAR NOT NULL,
    made_by VARCHAR NOT NULL,           -- digest of method, model, definition and frame
    release_digest VARCHAR NOT NULL,
    built_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (wave, sector, vintage, measure, domain_variable, domain, estimator)
);
