SELECT version(); -- SQLite has its own files: diesel without --config-file
ALTER TABLE site DROP COLUMN secret_fingerprint;
