-- How many records of the file were found, kept before the first is overwritten: a process that dies
-- between overwriting them and putting them on the account leaves none to be counted.
ALTER TABLE pending_erasure ADD COLUMN n_records BIGINT DEFAULT 0;
