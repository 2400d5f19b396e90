-- For the analyst of an emerging sector: its words, and the kinds of companies within it.
CREATE TABLE discovery_term (
    wave VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    compared_with VARCHAR NOT NULL,     -- rest, or wave:<earlier wave>
    rank INTEGER NOT NULL,
    term VARCHAR NOT NULL,
    language VARCHAR NOT NULL,          -- of most units that use it
    n_active BIGINT NOT NULL,           -- active units that use it
    n_compared BIGINT NOT NULL,         -- units compared with that use it
    log_odds_ratio DOUBLE NOT NULL,     -- natural logarithm
    ci_lower DOUBLE NOT NULL,
    ci_upper DOUBLE NOT NULL,
    confidence_level DOUBLE NOT NULL,
    PRIMARY KEY (wave, sector, compared_with, term)
);
CREATE TABLE discovery_cluster (
    wave VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    cluster INTEGER NOT NULL,
    n_units BIGINT NOT NULL,
    title VARCHAR NOT NULL,             -- its most telling terms
    silhouette DOUBLE NOT NULL,         -- of its units, -1 to 1: how far apart it lies
    PRIMARY KEY (wave, sector, cluster)
);
CREATE TABLE discovery_member (
    wave VARCHAR NOT NULL,
    sector VARCHAR NOT NULL,
    unit_id VARCHAR NOT NULL,
    cluster INTEGER NOT NULL,
    distance DOUBLE NOT NULL,           -- to the cluster's centre, cosine, 0-2
    PRIMARY KEY (wave, sector, unit_id)
);
