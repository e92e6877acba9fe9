"""Assigning leads by push strategies."""
