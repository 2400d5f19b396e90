-- Waves in the order of their first import.
CREATE TABLE wave (
    wave VARCHAR PRIMARY KEY,
    position INTEGER NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL,
    source VARCHAR NOT NULL,            -- file name of the register
    source_digest VARCHAR NOT NULL,     -- sha256:<hex>
    mapping_digest VARCHAR NOT NULL,    -- '' where there was no mapping
    n_rows BIGINT NOT NULL,
    n_rejected BIGINT NOT NULL
);
CREATE TABLE unit (
    wave VARCHAR NOT NULL,
    unit_id VARCHAR NOT NULL,
    unit_type VARCHAR NOT NULL,
    legal_name VARCHAR NOT NULL,
    trade_name VARCHAR NOT NULL,
    nace_code VARCHAR NOT NULL,         -- without dots
    nace_section VARCHAR NOT NULL,
    size_class VARCHAR NOT NULL,
    region VARCHAR NOT NULL,
    address VARCHAR NOT NULL,
    postcode VARCHAR NOT NULL,
    city VARCHAR NOT NULL,
    country VARCHAR NOT NULL,
    phone VARCHAR NOT NULL,
    email VARCHAR NOT NULL,
    vat_number VARCHAR NOT NULL,
    registration_number VARCHAR NOT NULL,
    employees DOUBLE,                   -- persons
    turnover DOUBLE,                    -- register's currency
    other VARCHAR NOT NULL,             -- JSON object: further register columns
    PRIMARY KEY (wave, unit_id)
);
CREATE TABLE unit_website (
    wave VARCHAR NOT NULL,
    unit_id VARCHAR NOT NULL,
    website_url VARCHAR NOT NULL,
    scheme_given BOOLEAN NOT NULL,
    declared BOOLEAN NOT NULL,
    PRIMARY KEY (wave, unit_id, website_url)
);
-- What stages warned of, and how each run of a stage ended.
CREATE TABLE issue (
    wave VARCHAR NOT NULL,
    stage VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    count BIGINT NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE TABLE stage_run (
    wave VARCHAR NOT NULL,
    stage VARCHAR NOT NULL,
    of VARCHAR NOT NULL,
    taken BIGINT NOT NULL,
    done BIGINT NOT NULL,
    pending BIGINT NOT NULL,
    rejected VARCHAR NOT NULL,          -- JSON object: reason -> number
    failed VARCHAR NOT NULL,            -- JSON object: reason -> number
    wall_seconds DOUBLE NOT NULL,
    cpu_seconds DOUBLE NOT NULL,        -- of this process and its ended children
    code_version VARCHAR NOT NULL,
    settings_digest VARCHAR NOT NULL,
    ended_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
