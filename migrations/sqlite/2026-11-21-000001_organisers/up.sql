SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
CREATE TABLE organisers (
    id INTEGER PRIMARY KEY NOT NULL,
    uid TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT organisers_uid_unique UNIQUE (uid)
);
