"""The command `lead-routing`: a company and its leads from files, over the HTTP API; and the product on one machine."""
