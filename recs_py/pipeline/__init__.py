"""Runs the dbt project, from the raw tables to ranked lists; rules and promoted blends act in a run."""
