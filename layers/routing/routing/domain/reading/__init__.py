"""How values are read: one set of rules for leads, criteria, searches and files. `docs/reading.md` shows them.

Each reader takes a value as somebody, a spreadsheet or a mail program wrote it, and gives its one form, or None when
it is not one. Reading twice changes nothing. No text over `MAX_TEXT` characters is matched against a pattern.
"""
