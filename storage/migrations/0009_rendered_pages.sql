-- Pages that a browser made from a website's scripts; `archive_offset` is then a conversion record.
ALTER TABLE page ADD COLUMN rendered BOOLEAN DEFAULT false;
