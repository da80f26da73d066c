"""Model and data: what training and serving of the digit classifiers share.

The base needs numpy and Pillow only. `mnist_core.models` is the one module that needs torch (extra `torch`),
`mnist_core.classifier` the one that needs onnxruntime (extra `onnx`).
"""
