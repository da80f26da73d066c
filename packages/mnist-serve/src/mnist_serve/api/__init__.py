"""What the server offers: the page, pictures to digits, the Open Inference Protocol, metrics, documentation."""
