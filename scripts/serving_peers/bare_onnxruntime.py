"""onnxruntime and nothing around it: `python bare_onnxruntime.py MODEL.onnx IMAGES.npy SECONDS`.

Says "ready", waits for a line, runs the images as one batch in one thread over and over, and prints images a second.
"""

import sys
import time

import numpy as np
import onnxruntime as ort


def main(model: str, images: str, seconds: str) -> None:
    """Runs the model for some seconds."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    batch = {"images": np.load(images)}
    for _ in range(5):
        session.run(["probabilities"], batch)
    print("ready", flush=True)
    sys.stdin.readline()
    runs, begin = 0, time.perf_counter()
    while (spent := time.perf_counter() - begin) < float(seconds):
        session.run(["probabilities"], batch)
        runs += 1
    print(runs * len(batch["images"]) / spent)


if __name__ == "__main__":
    main(*sys.argv[1:])
