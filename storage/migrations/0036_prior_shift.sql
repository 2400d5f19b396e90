-- Where a wave's share of active units differs from the labelled one, `probability` is corrected and
-- `raw_probability` keeps what the model said; null where nothing was corrected.
ALTER TABLE prediction ADD COLUMN raw_probability DOUBLE;
CREATE TABLE prior_shift (
    wave VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    learnt_share DOUBLE NOT NULL,
    wave_share DOUBLE NOT NULL,
    n_units BIGINT NOT NULL,
    steps INTEGER NOT NULL,
    converged BOOLEAN NOT NULL,
    shift_p DOUBLE NOT NULL,
    fit_p DOUBLE NOT NULL,
    reason VARCHAR NOT NULL,            -- why not corrected; empty where corrected
    method_version VARCHAR NOT NULL,
    PRIMARY KEY (wave, sector)
);
