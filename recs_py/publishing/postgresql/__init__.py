"""Publishes to PostgreSQL."""
