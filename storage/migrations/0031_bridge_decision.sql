-- What a newly promoted model decides on the wave it was bridged on: divides a later change of a
-- unit into change of text and change of model.
CREATE TABLE bridge_decision (
    sector VARCHAR NOT NULL,
    wave VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    unit_id VARCHAR NOT NULL,
    probability DOUBLE NOT NULL,
    active BOOLEAN NOT NULL,
    PRIMARY KEY (sector, wave, model_id, unit_id)
);
