"""The problems that a person at the keyboard can do something about, as one small tree.

    MnistError
    ├── DataError            a dataset is missing, damaged or can't be stored
    │   └── DownloadError    a dataset can't be had from the network
    ├── ArtifactError        a trained model is missing, damaged or foreign
    ├── PictureError         a picture is empty, cut off or damaged
    │   ├── PictureFormatError      it is of no format that is read
    │   └── PictureTooLargeError    it has more pixels than allowed
    ├── DeviceError          the device that was asked for is not there
    ├── ServeError           a server can't listen, or its workers can't start
    └── TrainingError        a training went wrong in a way that other settings may mend

A message is one or two lines: what is wrong, with the thing's name, and what to do next.
"""


def in_words(error: Exception) -> str:
    """What a problem is, in words: without the number and the file's name that the system's errors have in front."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


class MnistError(Exception):
    """A problem with the input or the world, told in words."""


class DataError(MnistError):
    """A dataset is missing, damaged or can't be stored."""


class DownloadError(DataError):
    """A dataset can't be had from the network."""


class ArtifactError(MnistError):
    """A trained model is missing, damaged or foreign, or can't be stored."""


class PictureError(MnistError):
    """A picture is empty, cut off or damaged."""


class PictureFormatError(PictureError):
    """A picture is of no format that is read."""


class PictureTooLargeError(PictureError):
    """A picture has more pixels than allowed."""


class DeviceError(MnistError):
    """The device that was asked for is not there."""


class TrainingError(MnistError):
    """A training went wrong in a way that other settings may mend."""


class ServeError(MnistError):
    """A server can't listen, or its workers can't start."""
