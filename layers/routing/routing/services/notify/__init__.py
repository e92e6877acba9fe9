"""Telling people: their lists, e-mail, webhooks."""
