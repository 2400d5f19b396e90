-- What a decision rests on besides its passages (table evidence): units decided active, and those
-- near the threshold.
CREATE TABLE explanation (
    wave VARCHAR NOT NULL,
    unit_id VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,              -- word, neighbour, rule
    rank INTEGER NOT NULL,              -- 1 is the strongest of its kind
    text VARCHAR NOT NULL,              -- the word; the labelled company; the rule
    label VARCHAR NOT NULL,             -- neighbour: active, inactive; rule: inclusion, exclusion, edge_case
    weight DOUBLE NOT NULL,             -- word: log-odds before calibration; else cosine
    PRIMARY KEY (wave, unit_id, sector, kind, rank)
);
