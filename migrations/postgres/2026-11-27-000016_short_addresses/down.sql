SELECT version(); -- SQLite has its own files: diesel without --config-file
DROP TABLE short_addresses;
