-- What a website's pages say of their use: X-Robots-Tag, meta robots, TDM reservation.
CREATE TABLE website_signal (
    wave VARCHAR NOT NULL,
    website_url VARCHAR NOT NULL,
    pass_number INTEGER NOT NULL,
    signal VARCHAR NOT NULL,            -- noindex, nofollow, noarchive, noai, noimageai, tdm-reservation, tdm-policy
    n_pages BIGINT,                     -- that say it; NULL for tdm-policy
    detail VARCHAR NOT NULL,            -- address of the policy
    PRIMARY KEY (wave, website_url, pass_number, signal)
);
