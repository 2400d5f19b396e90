-- What drift monitoring found between two waves; the last look at a wave counts.
CREATE TABLE drift_check (
    wave VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    reference_wave VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    kind VARCHAR NOT NULL,              -- data, prior, concept
    name VARCHAR NOT NULL,
    verdict VARCHAR NOT NULL,           -- not_measured, keep, watch, retrain
    value DOUBLE,
    "limit" DOUBLE,
    p_value DOUBLE,
    detail VARCHAR NOT NULL,
    method_version VARCHAR NOT NULL,
    PRIMARY KEY (wave, sector, name)
);
