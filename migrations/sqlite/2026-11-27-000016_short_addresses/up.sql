SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
-- Six letters that lead to a poll, for posters and for reading out. A poll gets its code when its organiser first opens its page.
CREATE TABLE short_addresses (
    poll_id BIGINT PRIMARY KEY NOT NULL,
    code TEXT NOT NULL,
    CONSTRAINT short_addresses_code_unique UNIQUE (code),
    CONSTRAINT short_addresses_poll_exists FOREIGN KEY (poll_id) REFERENCES polls (id) ON DELETE CASCADE
);
