-- The outcome of every website and every unit, derived, never stored: what the stages wrote is the
-- only truth. `outcome_code` is filled from storage/accounting.py when the database is opened.
CREATE TABLE outcome_code (
    outcome VARCHAR PRIMARY KEY,
    outcome_class VARCHAR NOT NULL,
    meaning VARCHAR NOT NULL,
    preference INTEGER NOT NULL         -- the lowest one explains a unit with several websites
);

-- A website's best pass: the last that kept pages, else the last one.
CREATE VIEW website AS
WITH best AS (
    SELECT * FROM website_visit
    QUALIFY row_number() OVER (
        PARTITION BY wave, website_url ORDER BY (outcome = 'reached') DESC, pass_number DESC) = 1
), spent AS (
    SELECT wave, website_url, sum(n_requests)::BIGINT AS n_requests, sum(n_bytes)::BIGINT AS n_bytes,
           max(pass_number) AS n_passes, min(started_at) AS started_at, max(ended_at) AS ended_at
    FROM website_visit GROUP BY wave, website_url
), kept AS (
    SELECT wave, website_url, count(*)::BIGINT AS n_pages FROM page GROUP BY wave, website_url
)
SELECT b.wave, b.website_url, b.final_url,
       CASE WHEN b.outcome = 'reached' AND t.outcome IS NOT NULL THEN t.outcome ELSE b.outcome END AS outcome,
       CASE WHEN b.outcome = 'reached' AND t.outcome IS NOT NULL THEN t.detail ELSE b.detail END AS detail,
       s.n_requests, coalesce(k.n_pages, 0) AS n_pages, s.n_bytes, s.started_at, s.ended_at,
       s.n_passes, b.outcome AS crawl_outcome,
       coalesce(t.n_words, 0) AS n_words, coalesce(t.language, '') AS language
FROM best b
JOIN spent s USING (wave, website_url)
LEFT JOIN kept k USING (wave, website_url)
LEFT JOIN website_text t USING (wave, website_url);

-- How far each website of each unit has come; `pending` names the stage it waits for.
CREATE VIEW unit_website_outcome AS
SELECT uw.wave, uw.unit_id, uw.website_url,
       CASE WHEN w.website_url IS NULL THEN 'pending'
            WHEN w.outcome <> 'reached' THEN w.outcome
            WHEN t.website_url IS NULL OR l.website_url IS NULL THEN 'pending'
            WHEN NOT l.accepted THEN 'not_the_units_website'
            WHEN p.unit_id IS NULL THEN 'pending'
            ELSE 'classified' END AS outcome,
       CASE WHEN w.website_url IS NULL THEN 'crawl'
            WHEN w.outcome <> 'reached' THEN w.detail
            WHEN t.website_url IS NULL THEN 'extract'
            WHEN l.website_url IS NULL THEN 'link'
            WHEN NOT l.accepted THEN 'the pages name another company'
            WHEN p.unit_id IS NULL THEN 'classify'
            ELSE '' END AS detail,
       coalesce(w.n_pages, 0) AS n_pages, coalesce(w.n_words, 0) AS n_words,
       coalesce(w.language, '') AS language
FROM unit_website uw
LEFT JOIN website w USING (wave, website_url)
LEFT JOIN website_text t USING (wave, website_url)
LEFT JOIN website_link l USING (wave, unit_id, website_url)
LEFT JOIN (SELECT DISTINCT wave, unit_id FROM prediction) p USING (wave, unit_id);

-- One row a unit and wave, always.
CREATE VIEW unit_outcome AS
WITH best AS (
    SELECT o.*, c.preference FROM unit_website_outcome o JOIN outcome_code c USING (outcome)
    QUALIFY row_number() OVER (
        PARTITION BY o.wave, o.unit_id ORDER BY c.preference, o.n_words DESC, o.website_url) = 1
)
SELECT u.wave, u.unit_id,
       coalesce(b.outcome, 'no_website') AS outcome,
       c.outcome_class,
       coalesce(b.detail, '') AS detail,
       b.website_url,
       coalesce(b.n_pages, 0) AS n_pages, coalesce(b.n_words, 0) AS n_words,
       coalesce(b.language, '') AS language
FROM unit u
LEFT JOIN best b USING (wave, unit_id)
JOIN outcome_code c ON c.outcome = coalesce(b.outcome, 'no_website');
