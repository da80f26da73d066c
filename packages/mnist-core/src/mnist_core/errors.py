"""The problems that a person at the keyboard can do something about, as one small tree.

    MnistError
    ├── DataError            a dataset is missing, damaged or can't be stored
    │   └── DownloadError    a dataset can't be had from the network
    ├── ArtifactError        a trained model is missing, damaged or foreign
    ├── DeviceError          the device that was asked for is not there
    └── TrainingError        a training went wrong in a way that other settings may mend

A message is one or two lines: what is wrong, with the thing's name, and what to do next.
"""


class MnistError(Exception):
    """A problem with the input or the world, told in words."""


class DataError(MnistError):
    """A dataset is missing, damaged or can't be stored."""


class DownloadError(DataError):
    """A dataset can't be had from the network."""


class ArtifactError(MnistError):
    """A trained model is missing, damaged or foreign, or can't be stored."""


class DeviceError(MnistError):
    """The device that was asked for is not there."""


class TrainingError(MnistError):
    """A training went wrong in a way that other settings may mend."""
