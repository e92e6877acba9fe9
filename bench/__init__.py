"""What the product's work costs: round trips and request units, rates on this machine, start-up, dollars."""
