"""Leads from files: uploaded, looked at, read row by row."""
