-- What a later wave needs to ask whether a page is still the same, and what came of asking.
ALTER TABLE page ADD COLUMN etag VARCHAR DEFAULT '';
ALTER TABLE page ADD COLUMN last_modified VARCHAR DEFAULT '';
ALTER TABLE page ADD COLUMN payload_digest VARCHAR DEFAULT '';  -- of the body as it came (WARC)
ALTER TABLE page ADD COLUMN revisit VARCHAR DEFAULT '';         -- WARC profile; '' where the body is new
ALTER TABLE page ADD COLUMN archived_at TIMESTAMPTZ;            -- when the archived body was fetched
