"""Filing leads for pull, and lending them."""
