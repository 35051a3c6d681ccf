"""What people look at: one customer, one article, the state of the databases, the report."""
