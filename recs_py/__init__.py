"""The thin Python layer of the warehouse recommender: sparse kernels for the dbt graph, and the command line."""
