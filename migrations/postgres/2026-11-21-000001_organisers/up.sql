SELECT version(); -- SQLite has its own files: diesel without --config-file
CREATE TABLE organisers (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT organisers_uid_unique UNIQUE (uid)
);
