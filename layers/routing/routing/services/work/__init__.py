"""What people do with leads: dispositions, leases, edits, transfers, searches."""
