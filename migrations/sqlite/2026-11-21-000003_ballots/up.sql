SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
-- Append-only: nothing updates a ballot.
CREATE TABLE ballots (
    row_id INTEGER PRIMARY KEY NOT NULL,
    poll_id BIGINT NOT NULL,
    cast_at TIMESTAMP NOT NULL,
    marks TEXT NOT NULL,
    CONSTRAINT ballots_poll_exists FOREIGN KEY (poll_id) REFERENCES polls (id) ON DELETE CASCADE
);
CREATE INDEX ballots_poll_id ON ballots (poll_id);

-- Who has voted; no column says when, what or which ballot.
CREATE TABLE credentials (
    poll_id BIGINT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (poll_id, hash),
    CONSTRAINT credentials_poll_exists FOREIGN KEY (poll_id) REFERENCES polls (id) ON DELETE CASCADE
) WITHOUT ROWID;

-- How many ballots bear the same marks, kept in the transaction that adds a ballot; a shard for each writer.
CREATE TABLE profile (
    poll_id BIGINT NOT NULL,
    marks TEXT NOT NULL,
    shard INTEGER NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (poll_id, marks, shard),
    CONSTRAINT profile_poll_exists FOREIGN KEY (poll_id) REFERENCES polls (id) ON DELETE CASCADE,
    CONSTRAINT profile_count_positive CHECK (count > 0)
) WITHOUT ROWID;

-- How many ballots are in: the sum of the poll's profile, so that a page knows whether a large one has changed without reading it.
CREATE TABLE turnout (
    poll_id BIGINT NOT NULL,
    shard INTEGER NOT NULL,
    ballots BIGINT NOT NULL,
    PRIMARY KEY (poll_id, shard),
    CONSTRAINT turnout_poll_exists FOREIGN KEY (poll_id) REFERENCES polls (id) ON DELETE CASCADE,
    CONSTRAINT turnout_ballots_positive CHECK (ballots > 0)
) WITHOUT ROWID;
