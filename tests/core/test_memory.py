"""Updates reuse the memory of the updates before."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
import torch
from mnist_core import models
from mnist_core.memory import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()
torch.manual_seed(0)
torch.set_num_threads(1)
model = models.build("SimpleCNN")
images = torch.randint(0, 256, (128, 28, 28), dtype=torch.uint8)
for update in range(30):
    if update == 20:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    model(images).square().sum().backward()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator is told to keep memory")
def test_updates_fault_in_a_tenth_of_the_pages() -> None:
    faults = {}
    for how in ("kept", "returned"):
        done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        faults[how] = int(done.stdout)

    assert faults["kept"] < faults["returned"] / 10, faults
