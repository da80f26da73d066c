"""Trains and evaluates the classifiers: recipes, the loop, the export, and the commands `train` and `evaluate`."""
