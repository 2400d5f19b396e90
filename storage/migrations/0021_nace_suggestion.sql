-- Which activity a unit's website tells of, beside the register's code.
CREATE TABLE nace_suggestion (
    wave VARCHAR NOT NULL,
    unit_id VARCHAR NOT NULL,
    rank INTEGER NOT NULL,              -- 1 is the likeliest division
    section VARCHAR NOT NULL,
    division VARCHAR NOT NULL,
    score DOUBLE NOT NULL,              -- 0-1; all divisions of a unit add up to 1
    section_score DOUBLE NOT NULL,      -- of the division's section, all its divisions together
    register_division VARCHAR NOT NULL, -- '' where the register holds no code
    register_score DOUBLE,              -- of the register's division
    basis VARCHAR NOT NULL,             -- titles, or titles_and_register
    method_version VARCHAR NOT NULL,
    PRIMARY KEY (wave, unit_id, rank)
);
