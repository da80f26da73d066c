"""`python -m mnist_train` is `train`, for launchers that start modules."""

from mnist_train.train_command import train

train(prog_name="train")
