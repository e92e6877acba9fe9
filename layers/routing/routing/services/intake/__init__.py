"""A lead comes in: who brings it, and how it becomes a whole lead."""
