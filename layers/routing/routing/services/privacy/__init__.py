"""A person's data: erased, exported, kept for so many days."""
