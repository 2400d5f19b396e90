-- Numbers of companies that are told with noise or rounded.
ALTER TABLE estimate ADD COLUMN noise_bound DOUBLE DEFAULT 0;          -- how far a told figure may lie from the estimate
ALTER TABLE estimate_vintage ADD COLUMN noise_bound DOUBLE DEFAULT 0;
CREATE TABLE record_key_secret (        -- at most one row: the same keys, and so the same noise, in all waves; never published
    secret VARCHAR NOT NULL,
    made_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
