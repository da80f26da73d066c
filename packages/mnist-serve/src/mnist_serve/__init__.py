"""Reads handwritten digits without torch: the commands `predict` and `serve`, the web page, and the shipped model."""
