"""From the raw tables to ranked lists: runs the dbt project, and says what a run needs to know."""
