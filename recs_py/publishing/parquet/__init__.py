"""The published tables as Parquet files."""
