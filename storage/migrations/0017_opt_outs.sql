-- Who asked not to be visited, when, and what was deleted for it. This is all that is kept of them.
CREATE TABLE opt_out (
    domain VARCHAR PRIMARY KEY,         -- subdomains are meant too
    reason VARCHAR NOT NULL,            -- as the operator wrote it down
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_at TIMESTAMPTZ,             -- when something was deleted last; NULL where nothing was held
    n_websites BIGINT NOT NULL DEFAULT 0,       -- website x wave
    n_units BIGINT NOT NULL DEFAULT 0,          -- unit x wave
    n_pages BIGINT NOT NULL DEFAULT 0,
    n_documents BIGINT NOT NULL DEFAULT 0,
    n_evidence BIGINT NOT NULL DEFAULT 0,       -- passages
    n_predictions BIGINT NOT NULL DEFAULT 0,
    n_labels BIGINT NOT NULL DEFAULT 0,         -- texts taken out of labels
    n_archive_records BIGINT NOT NULL DEFAULT 0
);
-- Archive files from which a domain's records are still to be erased, and the database file from
-- which deleted rows are still to vanish (archive_file = ''): written with the deletion, so that
-- what is broken off is gone on with.
CREATE TABLE pending_erasure (
    domain VARCHAR NOT NULL,
    archive_file VARCHAR NOT NULL,
    archive_offset BIGINT NOT NULL,     -- of a page's record; -1: those of the domain's hosts only
    PRIMARY KEY (domain, archive_file, archive_offset)
);
