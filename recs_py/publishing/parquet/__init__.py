"""Publishes to a folder of Parquet files."""
