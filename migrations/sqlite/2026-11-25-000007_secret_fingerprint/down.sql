ALTER TABLE site DROP COLUMN secret_fingerprint;
