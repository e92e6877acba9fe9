"""Work that is asked for in the log and done later."""
