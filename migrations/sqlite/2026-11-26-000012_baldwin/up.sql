SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
-- The method baldwin: its name in polls_method_known, for which the table is built anew.
CREATE TEMP TABLE guard (foreign_keys INTEGER CONSTRAINT run_this_with_urna_migrate CHECK (NOT foreign_keys));
INSERT INTO guard SELECT foreign_keys FROM pragma_foreign_keys WHERE EXISTS (SELECT 1 FROM polls);
DROP TABLE guard;
CREATE TABLE polls_new (
    id INTEGER PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    method TEXT NOT NULL,
    seats INTEGER NOT NULL,
    credential TEXT NOT NULL,
    results TEXT NOT NULL,
    featured BOOLEAN NOT NULL,
    opens_at TIMESTAMP NOT NULL,
    closes_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    organiser_id BIGINT,
    revision BIGINT NOT NULL,
    draft BOOLEAN NOT NULL DEFAULT FALSE,
    listed BOOLEAN NOT NULL DEFAULT TRUE,
    turnout TEXT NOT NULL DEFAULT 'always'
        CONSTRAINT polls_turnout_known CHECK (turnout IN ('always', 'voted', 'closed', 'organiser')),
    zone TEXT NOT NULL DEFAULT 'UTC'
        CONSTRAINT polls_zone_length CHECK (length(zone) BETWEEN 1 AND 64),
    invited BIGINT NOT NULL DEFAULT 0
        CONSTRAINT polls_invited_natural CHECK (invited >= 0),
    folded TEXT NOT NULL DEFAULT '',
    highest INTEGER NOT NULL DEFAULT 5
        CONSTRAINT polls_highest_bounded CHECK (highest BETWEEN 1 AND 100),
    abstaining BOOLEAN NOT NULL DEFAULT FALSE,
    review BOOLEAN NOT NULL DEFAULT FALSE,
    comparison BOOLEAN NOT NULL DEFAULT FALSE,
    seed TEXT NOT NULL DEFAULT '',
    seed_known BOOLEAN NOT NULL DEFAULT FALSE,
    closed_with BIGINT,
    CONSTRAINT polls_slug_unique UNIQUE (slug),
    CONSTRAINT polls_organiser_exists FOREIGN KEY (organiser_id) REFERENCES organisers (id) ON DELETE CASCADE,
    CONSTRAINT polls_slug_length CHECK (length(slug) BETWEEN 1 AND 64),
    CONSTRAINT polls_title_length CHECK (length(title) BETWEEN 1 AND 200),
    CONSTRAINT polls_description_length CHECK (length(description) <= 10000),
    CONSTRAINT polls_method_known CHECK (method IN (
        'plurality', 'approval', 'score', 'star', 'majority-judgment', 'borda', 'dowdall', 'two-round',
        'irv', 'stv', 'stv-meek', 'copeland', 'minimax', 'minimax-margins', 'schulze', 'schulze-margins',
        'ranked-pairs', 'ranked-pairs-margins', 'baldwin'
    )),
    CONSTRAINT polls_seats_positive CHECK (seats >= 1),
    CONSTRAINT polls_credential_known CHECK (credential IN ('open', 'browser', 'invitation')),
    CONSTRAINT polls_results_known CHECK (results IN ('always', 'voted', 'closed', 'organiser')),
    CONSTRAINT polls_closes_after_opening CHECK (closes_at IS NULL OR closes_at > opens_at)
);
INSERT INTO polls_new (
    id, slug, title, description, method, seats, credential, results, featured, opens_at, closes_at,
    created_at, organiser_id, revision, draft, listed, turnout, zone, invited, folded, highest, abstaining,
    review, comparison, seed, seed_known, closed_with
) SELECT
    id, slug, title, description, method, seats, credential, results, featured, opens_at, closes_at,
    created_at, organiser_id, revision, draft, listed, turnout, zone, invited, folded, highest, abstaining,
    review, comparison, seed, seed_known, closed_with
FROM polls;
DROP TABLE polls;
ALTER TABLE polls_new RENAME TO polls;
CREATE UNIQUE INDEX polls_one_featured ON polls (featured) WHERE featured;
CREATE INDEX polls_organiser_id ON polls (organiser_id);
CREATE INDEX polls_opens_at ON polls (opens_at);
CREATE INDEX polls_closes_at ON polls (closes_at);
CREATE INDEX polls_listed ON polls (listed, draft, opens_at, closes_at, folded);
