"""Loads the files of a shop into the raw tables of the work database."""
