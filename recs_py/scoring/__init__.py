"""One week from raw rows to published lists, and what is worth knowing about it."""
