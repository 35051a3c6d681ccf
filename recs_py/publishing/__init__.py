"""From the work database to the places where readers are: a DuckDB file, Parquet files, PostgreSQL."""
