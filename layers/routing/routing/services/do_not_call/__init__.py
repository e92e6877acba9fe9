"""The do-not-call list, and what follows for leads."""
