"""Files of a source, and the SQL script that maps them to the raw tables."""
