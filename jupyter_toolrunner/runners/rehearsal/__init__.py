"""What a spare does once while it waits, so that a run finds all of it done before."""
