"""The deployed handlers behind HTTP on this machine: the gateway, the stream and the schedule, played."""
