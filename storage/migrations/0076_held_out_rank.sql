-- What a model said before calibration: its rank among all folds. NULL for models trained earlier.
ALTER TABLE held_out_score ADD COLUMN score DOUBLE;
