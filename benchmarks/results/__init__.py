"""The figures of the runs: kept in a file, shown as tables, page and picture, and compared with those of a release."""
