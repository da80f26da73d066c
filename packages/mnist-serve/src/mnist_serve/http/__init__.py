"""HTTP/1.1: bytes of a connection to requests, responses to bytes. Knows nothing of digits."""
