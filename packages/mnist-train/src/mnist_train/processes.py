"""The processes that train together: one alone, or those that torchrun started, on one machine or several.

Every process goes through the same updates with its share of each batch. What they must agree on, they add up.
"""

import contextlib
import gc
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mnist_core.errors import TrainingError
from mnist_train import torchrun

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.distributed.distributed_c10d import Store

_PATIENCE = timedelta(minutes=10)  # with a process that says nothing, because it downloads data, or its machine is off
_CHAPTER = "mnist-train/chapter"


class Processes:
    """This process among all of them.

    Attributes:
        rank: Its number; number 0 speaks and writes for all.
        count: How many there are.
    """

    def __init__(self, rank: int = 0, count: int = 1) -> None:
        self.rank = rank
        self.count = count

    @property
    def is_first(self) -> bool:
        """Whether this process speaks and writes for all."""
        return self.rank == 0

    def share(self, batch: "Tensor") -> "Tensor":
        """This process's part of a batch (N, ...): at most one row more than the others have."""
        return batch.tensor_split(self.count)[self.rank] if self.count > 1 else batch

    def add_up(self, values: "Tensor") -> "Tensor":
        """Replaces values by their sums over all processes."""
        if self.count > 1:
            from torch import distributed

            distributed.all_reduce(values)
        return values

    def most(self, values: "Tensor") -> "Tensor":
        """Replaces values by the largest that any process has."""
        if self.count > 1:
            from torch import distributed

            distributed.all_reduce(values, distributed.ReduceOp.MAX)
        return values

    def tell(self, value: Any) -> Any:
        """Gives everyone what the first process has: anything that JSON can say."""
        return json.loads(self.tell_bytes(json.dumps(value).encode())) if self.count > 1 else value

    def tell_bytes(self, value: bytes) -> bytes:
        """Gives everyone the bytes that the first process has."""
        if self.count == 1:
            return value
        import torch
        from torch import distributed

        said = torch.tensor(bytearray(value), dtype=torch.uint8)
        length = torch.tensor([len(said)])
        distributed.broadcast(length, 0)
        heard = said if self.is_first else torch.zeros(int(length), dtype=torch.uint8)
        if len(heard):
            distributed.broadcast(heard, 0)
        return heard.numpy().tobytes()

    def parallel(self, model: "nn.Sequential") -> "nn.Module":
        """A model whose gradients, after each backward pass, are the means over all processes.

        Args:
            model: The network; layers that normalise batches are replaced by such as see all of a batch.
        """
        if self.count == 1:
            return model
        from torch import nn
        from torch.nn.parallel import DistributedDataParallel

        from mnist_train.batch_norm import SharedBatchNorm2d

        for name, layer in model.named_children():
            if isinstance(layer, nn.BatchNorm2d):
                setattr(model, name, SharedBatchNorm2d.like(layer))
        return DistributedDataParallel(model, forward_sync_buffers=False)


@contextmanager
def together() -> Iterator[Processes]:
    """Joins the other processes, if torchrun started this one; torch is imported only then.

    Raises:
        TrainingError: Another process has ended, or can't be reached.
    """
    if not torchrun.started_us():
        yield Processes()
        return
    from torch import distributed
    from torch.distributed.rendezvous import rendezvous

    addresses, rank, count = next(rendezvous("env://", timeout=_PATIENCE))
    processes = Processes(rank, count)
    try:
        _join(addresses, processes)
        yield processes
    except RuntimeError as error:
        # gloo's errors have no type of their own.
        if not isinstance(error, distributed.DistError) and "gloo" not in str(error).lower():
            raise
        reason = str(error).splitlines()[0]
        raise TrainingError(
            f"Another of the {count} processes has ended, or can't be reached ({reason}). "
            "Where there was a checkpoint, --resume goes on from it."
        ) from error
    # Not after an error: that is to be said at once, before torchrun ends all processes.
    with contextlib.suppress(RuntimeError):  # who has failed says so
        distributed.barrier()  # the first process may have the address book: it leaves last
    gc.collect()  # threads of what is still there would abort the process at its exit
    distributed.destroy_process_group()


def _join(addresses: "Store", processes: Processes) -> None:
    """Finds the others, where each of them has written its address."""
    import torch
    from torch import distributed
    from torch.distributed.distributed_c10d import PrefixStore

    # torchrun keeps its address book when it starts all processes anew, which would then look for each other where the
    # dead ones were. So the first one opens a new chapter, and closes it when all have found each other.
    if processes.is_first:
        addresses.set(_CHAPTER, uuid.uuid4().hex)
    distributed.init_process_group(
        "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo",
        store=PrefixStore(addresses.get(_CHAPTER).decode(), addresses),
        rank=processes.rank,
        world_size=processes.count,
        timeout=_PATIENCE,
    )
    processes.tell(None)
    if processes.is_first:
        addresses.delete_key(_CHAPTER)
