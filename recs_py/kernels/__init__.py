"""Sparse products and decompositions, which SQL cannot do; the dbt Python models call them."""
