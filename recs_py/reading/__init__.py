"""Shows lists and the state of the databases to people: one customer, one article, status, the report."""
