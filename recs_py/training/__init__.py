"""Learns the blend from past weeks."""
