"""The formats that leads come in: a post's bytes become leads of our own shape (`docs/intake.md`).

`registry.read` is the way in; one module reads one format. Nothing here knows HTTP, keys or the table.
"""
