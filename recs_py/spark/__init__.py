"""Runs the same models on Spark: their SQL is translated as it runs, their Python runs as it is."""
