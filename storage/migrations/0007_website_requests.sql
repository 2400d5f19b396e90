-- Every request of a crawl, failures and robots.txt included, counted by website, host, day and
-- result: what a webmaster who complains is told. Filled from the request logs of the runs.
CREATE TABLE website_request (
    wave VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    website_url VARCHAR NOT NULL,       -- in whose visit it was sent
    host VARCHAR NOT NULL,              -- asked, with the port where it is none of the usual
    day DATE NOT NULL,                  -- UTC
    kind VARCHAR NOT NULL,              -- page, robots.txt, sitemap, tdmrep.json
    result VARCHAR NOT NULL,            -- HTTP status, outcome code of a fault, or broken_off
    n_requests BIGINT NOT NULL,
    n_bytes BIGINT NOT NULL,            -- bodies as they came over the wire
    first_at TIMESTAMPTZ NOT NULL,
    last_at TIMESTAMPTZ NOT NULL,
    user_agent VARCHAR NOT NULL
);
