"""Contents at rest into Parquet shards of vectors."""
