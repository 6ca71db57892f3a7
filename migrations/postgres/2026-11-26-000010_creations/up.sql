SELECT version(); -- SQLite has its own files: diesel without --config-file
-- The forms that have created something within the last hour, by a keyed hash of all that they say: one that is sent
-- twice creates nothing more.
CREATE TABLE creations (
    hash BYTEA PRIMARY KEY NOT NULL,
    poll_id BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT creations_poll_exists FOREIGN KEY (poll_id) REFERENCES polls (id) ON DELETE CASCADE
);
CREATE INDEX creations_poll_id ON creations (poll_id);
