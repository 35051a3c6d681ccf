"""`make bench`: seconds, memory and rows of every step on a simulated shop, beside other tools on the same data."""
