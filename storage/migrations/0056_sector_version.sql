-- Wordings of sectors that were decided or trained by: what a version meant stays known when its file is changed.
CREATE TABLE sector_version (
    sector VARCHAR NOT NULL,
    version VARCHAR NOT NULL,           -- the author's own
    wording_digest VARCHAR NOT NULL,
    wording VARCHAR NOT NULL,           -- JSON: title, description, includes, excludes, edge_cases, examples, nace_hints
    first_used_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (sector, version, wording_digest)
);
