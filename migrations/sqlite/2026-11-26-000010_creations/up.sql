SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
-- The forms that have created something within the last hour, by a keyed hash of all that they say: one that is sent
-- twice creates nothing more.
CREATE TABLE creations (
    hash BLOB PRIMARY KEY NOT NULL,
    poll_id BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT creations_poll_exists FOREIGN KEY (poll_id) REFERENCES polls (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX creations_poll_id ON creations (poll_id);
