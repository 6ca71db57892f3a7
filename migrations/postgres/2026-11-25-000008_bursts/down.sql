DROP TABLE bursts;
