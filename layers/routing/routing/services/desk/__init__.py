"""What whoever has people in charge looks at: who is there, how many leads stand where, what is held and why."""
