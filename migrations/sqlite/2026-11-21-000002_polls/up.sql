SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
-- One row: counts every change an organiser makes, so that a page knows in one look-up whether it is still true.
CREATE TABLE site (
    id INTEGER PRIMARY KEY NOT NULL CONSTRAINT site_is_one_row CHECK (id = 1),
    revision BIGINT NOT NULL
);
-- From the clock, so that a database made anew does not repeat what a running process has seen.
INSERT INTO site (id, revision) VALUES (1, CAST(strftime('%s', 'now') AS INTEGER) * 1000);

CREATE TABLE polls (
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
    CONSTRAINT polls_slug_unique UNIQUE (slug),
    CONSTRAINT polls_organiser_exists FOREIGN KEY (organiser_id) REFERENCES organisers (id) ON DELETE CASCADE,
    CONSTRAINT polls_slug_length CHECK (length(slug) BETWEEN 1 AND 64),
    CONSTRAINT polls_title_length CHECK (length(title) BETWEEN 1 AND 200),
    CONSTRAINT polls_description_length CHECK (length(description) <= 10000),
    CONSTRAINT polls_method_known CHECK (method IN (
        'plurality', 'approval', 'score', 'star', 'majority-judgment', 'borda', 'dowdall', 'two-round',
        'irv', 'stv', 'stv-meek', 'copeland', 'minimax', 'minimax-margins', 'schulze', 'schulze-margins',
        'ranked-pairs', 'ranked-pairs-margins'
    )),
    CONSTRAINT polls_seats_positive CHECK (seats >= 1),
    CONSTRAINT polls_credential_known CHECK (credential IN ('open', 'browser', 'invitation')),
    CONSTRAINT polls_results_known CHECK (results IN ('always', 'voted', 'closed', 'organiser')),
    CONSTRAINT polls_closes_after_opening CHECK (closes_at IS NULL OR closes_at > opens_at)
);
CREATE UNIQUE INDEX polls_one_featured ON polls (featured) WHERE featured;
CREATE INDEX polls_organiser_id ON polls (organiser_id);
CREATE INDEX polls_opens_at ON polls (opens_at);
CREATE INDEX polls_closes_at ON polls (closes_at);

CREATE TABLE choices (
    poll_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    label TEXT NOT NULL,
    description TEXT NOT NULL,
    picture TEXT,
    PRIMARY KEY (poll_id, key),
    CONSTRAINT choices_poll_exists FOREIGN KEY (poll_id) REFERENCES polls (id) ON DELETE CASCADE,
    CONSTRAINT choices_position_unique UNIQUE (poll_id, position),
    CONSTRAINT choices_label_unique UNIQUE (poll_id, label),
    CONSTRAINT choices_key_length CHECK (length(key) BETWEEN 1 AND 64),
    CONSTRAINT choices_label_length CHECK (length(label) BETWEEN 1 AND 200),
    CONSTRAINT choices_description_length CHECK (length(description) <= 1000)
);
