SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
-- Where published polls stood before their address was changed: links that were handed out lead to where they stand
-- now. A poll that stands at such an address now goes first, and one that everybody could see in the list leads nobody
-- to where it stands off the list.
CREATE TABLE former_addresses (
    slug TEXT NOT NULL PRIMARY KEY,
    poll_id BIGINT NOT NULL,
    listed BOOLEAN NOT NULL,
    CONSTRAINT former_addresses_poll_exists FOREIGN KEY (poll_id) REFERENCES polls (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX former_addresses_of_poll ON former_addresses (poll_id);
