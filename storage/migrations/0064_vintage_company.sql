-- Who stood behind the figures that a release told: so that a later release of the wave, compared with it, tells of nobody.
CREATE TABLE vintage_company (
    wave VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    vintage INTEGER NOT NULL,           -- of estimate_vintage
    unit_id VARCHAR NOT NULL,
    found BOOLEAN NOT NULL,             -- coders found it active
    decided BOOLEAN NOT NULL,           -- the model decided for it
    inside BOOLEAN NOT NULL,            -- found or, where no coder looked, decided
    PRIMARY KEY (wave, sector, vintage, unit_id)
);
-- Of whom there was no decision then: how much they may amount to was told with the figures.
CREATE TABLE vintage_response (
    wave VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    vintage INTEGER NOT NULL,           -- of estimate_vintage
    silent_digest VARCHAR NOT NULL,     -- of their unit_ids
    PRIMARY KEY (wave, sector, vintage)
);
