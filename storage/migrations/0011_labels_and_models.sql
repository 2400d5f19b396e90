-- What a coder worked by and saw, and whether the row settles a disagreement.
ALTER TABLE label ADD COLUMN guideline VARCHAR DEFAULT '';      -- version of the sector's definition
ALTER TABLE label ADD COLUMN page_digest VARCHAR DEFAULT '';    -- of the page or text that was seen
ALTER TABLE label ADD COLUMN role VARCHAR DEFAULT '';           -- '' or adjudicator
-- What a model said of each labelled subject while it had not seen it: the ground of `model
-- compare` and of the search for label errors.
CREATE TABLE held_out_score (
    model_id VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,           -- websites joined by a space, or text:<digest>
    group_name VARCHAR NOT NULL,        -- subjects of one group were held out together
    fold INTEGER NOT NULL,
    language VARCHAR NOT NULL,
    text_digest VARCHAR NOT NULL,       -- of the passages that were scored
    active BOOLEAN NOT NULL,            -- the label
    probability DOUBLE NOT NULL,        -- calibrated on the other folds
    decided BOOLEAN NOT NULL,           -- at the threshold of the other folds
    PRIMARY KEY (model_id, subject)
);
-- Old and new model on the same wave, made when a model is promoted.
CREATE TABLE bridge (
    sector VARCHAR NOT NULL,
    wave VARCHAR NOT NULL,
    old_model VARCHAR NOT NULL,
    new_model VARCHAR NOT NULL,
    measure VARCHAR NOT NULL,           -- enterprises, employees, turnover, expected_enterprises
    old_value DOUBLE NOT NULL,
    new_value DOUBLE NOT NULL,
    break_factor DOUBLE,                -- new / old; NULL where the old value is 0
    ci_lower DOUBLE,
    ci_upper DOUBLE,
    confidence_level DOUBLE NOT NULL,
    n_units BIGINT NOT NULL,            -- scored by both
    n_both BIGINT NOT NULL,             -- active under both
    n_only_old BIGINT NOT NULL,
    n_only_new BIGINT NOT NULL,
    method_version VARCHAR NOT NULL,
    made_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
