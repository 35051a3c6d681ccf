"""Evaluates the lists of past weeks."""
