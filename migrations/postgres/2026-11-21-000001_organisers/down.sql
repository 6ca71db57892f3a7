DROP TABLE organisers;
