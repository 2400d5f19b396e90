CREATE TABLE document (
    wave VARCHAR NOT NULL,
    website_url VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    description VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    n_words BIGINT NOT NULL,
    extractor VARCHAR NOT NULL,
    body_digest VARCHAR NOT NULL,
    text_digest VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (wave, website_url, url)
);
CREATE TABLE page_rejection (
    wave VARCHAR NOT NULL,
    website_url VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    extractor VARCHAR NOT NULL,
    body_digest VARCHAR NOT NULL,
    PRIMARY KEY (wave, website_url, url)
);
-- What reading a website's pages says of the website: `reached`, or why there is no text.
CREATE TABLE website_text (
    wave VARCHAR NOT NULL,
    website_url VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    n_documents BIGINT NOT NULL,
    n_words BIGINT NOT NULL,
    language VARCHAR NOT NULL,          -- of most of its words; the start page's where that holds a fair share
    extractor VARCHAR NOT NULL,
    text_digest VARCHAR NOT NULL,       -- over the documents' digests in order: changes when any text does
    PRIMARY KEY (wave, website_url)
);
CREATE TABLE website_link (
    wave VARCHAR NOT NULL,
    unit_id VARCHAR NOT NULL,
    website_url VARCHAR NOT NULL,
    link_probability DOUBLE NOT NULL,
    link_evidence VARCHAR NOT NULL,     -- JSON object
    accepted BOOLEAN NOT NULL,
    method_version VARCHAR NOT NULL,
    text_digest VARCHAR NOT NULL,       -- of the website's text when it was judged
    PRIMARY KEY (wave, unit_id, website_url)
);
