"""A user's own account and presence."""
