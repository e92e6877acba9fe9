"""The set-up: saving it, and questions about it."""
