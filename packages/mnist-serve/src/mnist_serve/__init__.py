"""The torch-free environment in which a trained model is served.

`mnist_core.classifier.Classifier` runs a model here: raw images in, probabilities out.
"""
