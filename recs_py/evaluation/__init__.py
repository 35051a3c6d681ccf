"""How good the lists of past weeks are."""
