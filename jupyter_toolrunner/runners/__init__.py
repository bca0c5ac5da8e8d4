"""How each kind of tool runs in a process of its own."""
