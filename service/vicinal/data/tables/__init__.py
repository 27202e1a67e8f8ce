"""Tables: CSV, TSV, JSON lists, JSON lines and Parquet, packed by gzip or not."""
