-- What the digest of a frame in a manifest is keyed with, so that nobody outside can try which register it was; never published.
CREATE TABLE frame_key (        -- at most one row
    key VARCHAR NOT NULL        -- a digest of the labels at the first release
);
