"""Sizes that everything agrees on; apart, so that to know them takes no import of numpy or Pillow."""

SIDE = 28  # pixels of the model's input, each way
MAX_PIXELS = 2**26  # of a picture file: phones make photographs of 50 and of 64 million
