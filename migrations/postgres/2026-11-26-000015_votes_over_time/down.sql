SELECT version(); -- SQLite has its own files: diesel without --config-file
DROP TABLE votes_over_time;
