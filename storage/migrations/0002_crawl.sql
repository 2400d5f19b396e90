CREATE TABLE page (
    wave VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    website_url VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    final_url VARCHAR NOT NULL,
    fetched_at TIMESTAMPTZ NOT NULL,
    http_status INTEGER NOT NULL,
    media_type VARCHAR NOT NULL,
    n_bytes BIGINT NOT NULL,            -- after content decoding
    body_digest VARCHAR NOT NULL,       -- sha256:<hex>
    archive_file VARCHAR NOT NULL,      -- relative to the workspace
    archive_offset BIGINT NOT NULL,     -- bytes
    position INTEGER NOT NULL,          -- 0 is the start page
    PRIMARY KEY (wave, website_url, url)
);
CREATE TABLE fetch_failure (
    wave VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    website_url VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    failed_at TIMESTAMPTZ NOT NULL
);
-- One row a pass over a website; the best pass counts (see tables/crawl.py).
CREATE TABLE website_visit (
    wave VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    website_url VARCHAR NOT NULL,
    pass_number INTEGER NOT NULL,
    final_url VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    n_requests BIGINT NOT NULL,
    n_pages BIGINT NOT NULL,
    n_bytes BIGINT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (wave, website_url, pass_number)
);
CREATE TABLE crawl_run (
    run_id VARCHAR PRIMARY KEY,
    wave VARCHAR NOT NULL,
    ingested_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
