"""What a worker says to its supervisor: a byte, with text after the first two."""

READY = b"r"  # it takes connections; the model's name
FAILED = b"f"  # it can't start; the reason
LEAVING = b"l"  # it was told to stop
