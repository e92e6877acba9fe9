"""What every room uses: the store, problems, access, what somebody is told, idempotency, pages, views."""
