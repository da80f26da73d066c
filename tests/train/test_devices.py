"""Where to compute, and how precisely."""

import pytest
import torch

from mnist_core.errors import DeviceError
from mnist_train.devices import choose, training_precision


@pytest.mark.parametrize(
    ("there", "chosen"), [({"cuda", "mps"}, "cuda"), ({"mps"}, "mps"), (set[str](), "cpu")], ids=["cuda", "mps", "cpu"]
)
def test_auto_takes_the_fastest_that_is_there(there: set[str], chosen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in there)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in there)

    assert choose("auto") == torch.device(chosen)
    assert choose("cpu") == torch.device("cpu")
    if chosen == "cpu":
        with pytest.raises(DeviceError, match="finds no cuda device here"):
            choose("cuda")


def test_each_of_torchruns_processes_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[int] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.setattr(torch.cuda, "set_device", used.append)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "test")
    monkeypatch.setenv("LOCAL_RANK", "3")

    assert choose("auto") == torch.device("cuda", 3)
    assert used == [3]
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    with pytest.raises(DeviceError, match=r"there are 3 here\. Start fewer with --nproc-per-node"):
        choose("auto")


def test_several_processes_do_without_mps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its gradients can't be exchanged."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "test")

    assert choose("auto") == torch.device("cpu")
    with pytest.raises(DeviceError, match="Several processes can't train on mps"):
        choose("mps")


@pytest.mark.parametrize(
    ("capabilities", "precision"),
    [({"avx2": True}, torch.float32), ({"avx512_bf16": True}, torch.bfloat16), ({"amx_bf16": True}, torch.bfloat16)],
)
def test_a_cpu_trains_in_bfloat16_where_it_multiplies_it(
    capabilities: dict[str, bool], precision: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)

    assert training_precision(torch.device("cpu")) == precision


def test_what_is_not_known_to_be_faster_trains_in_float32() -> None:
    assert training_precision(torch.device("mps")) == torch.float32
