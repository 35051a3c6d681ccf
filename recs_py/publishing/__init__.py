"""Copies the lists from the work database to their readers: a DuckDB file, Parquet files, PostgreSQL."""
