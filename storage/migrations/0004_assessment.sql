CREATE TABLE label (
    label_id BIGINT PRIMARY KEY,        -- in order of import
    unit_id VARCHAR,
    url VARCHAR,
    text VARCHAR,
    sector VARCHAR NOT NULL,
    active BOOLEAN,                     -- NULL: the coder could not tell
    coder VARCHAR NOT NULL,
    coded_at TIMESTAMPTZ,
    language VARCHAR NOT NULL,
    note VARCHAR NOT NULL,
    purpose VARCHAR NOT NULL,           -- training, audit, test
    wave VARCHAR NOT NULL,              -- '' where the label belongs to no wave
    inclusion_probability DOUBLE,       -- of the audit draw
    source VARCHAR NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE TABLE model (
    model_id VARCHAR PRIMARY KEY,
    sector VARCHAR NOT NULL,
    trained_at TIMESTAMPTZ NOT NULL,
    sequence BIGINT NOT NULL,           -- order of training
    directory VARCHAR NOT NULL,         -- relative to the workspace
    card VARCHAR NOT NULL               -- JSON object
);
CREATE TABLE model_promotion (
    sector VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    promoted_by VARCHAR NOT NULL,
    promoted_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE TABLE prediction (
    wave VARCHAR NOT NULL,
    unit_id VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    probability DOUBLE NOT NULL,
    active BOOLEAN,
    threshold DOUBLE,
    basis VARCHAR NOT NULL,             -- model, definition
    model_id VARCHAR NOT NULL,
    input_digest VARCHAR NOT NULL,      -- of the texts it was made from
    PRIMARY KEY (wave, unit_id, sector)
);
CREATE TABLE evidence (
    wave VARCHAR NOT NULL,
    unit_id VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    rank INTEGER NOT NULL,
    url VARCHAR NOT NULL,
    passage VARCHAR NOT NULL,
    weight DOUBLE NOT NULL,
    PRIMARY KEY (wave, unit_id, sector, rank)
);
