-- How often so many high scores would come of active companies that score otherwise, their share
-- being the labelled one; null where found by the method before.
ALTER TABLE prior_shift ADD COLUMN count_p DOUBLE;
