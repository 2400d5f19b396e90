-- Websites that asked not to be visited again before a moment (429 or 503 with Retry-After).
CREATE TABLE website_pause (
    wave VARCHAR NOT NULL,
    website_url VARCHAR NOT NULL,
    pass_number INTEGER NOT NULL,
    not_before TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (wave, website_url, pass_number)
);
