-- Releases that were taken back: what they told stays in estimate_vintage, for it stays known.
CREATE TABLE release_withdrawal (
    release_digest VARCHAR NOT NULL,    -- of the release as it was made: sha256:<hex> of manifest.json
    wave VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    vintage INTEGER NOT NULL,           -- of the sector's figures that the release told
    reason VARCHAR NOT NULL,
    withdrawn_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (release_digest, sector)
);
