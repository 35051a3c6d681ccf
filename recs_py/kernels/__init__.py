"""Sums that SQL cannot do: sparse products and decompositions, called by the dbt Python models."""
