"""From the files of a shop to the raw tables of the work database."""
