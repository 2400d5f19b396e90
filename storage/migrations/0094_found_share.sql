-- The likeliest share of active units (EM), where `wave_share`, which probabilities are corrected to,
-- is another: a bound, since so small (or so large) a share cannot be told from none (or all). Null
-- where found by the method before.
ALTER TABLE prior_shift ADD COLUMN found_share DOUBLE;
