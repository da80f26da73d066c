"""Sizes that everything agrees on; apart, so that to know them takes no import of numpy or Pillow."""

SIDE = 28  # pixels of the model's input, each way
MAX_PIXELS = 50_000_000  # of a picture file: phones make photographs of up to that many by themselves
