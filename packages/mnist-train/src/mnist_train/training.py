"""The training loop: data in memory, whole batches, a validation score after every epoch.

A training can be left after any step and taken up again elsewhere: its state, and nothing else, decides what follows.
"""

import dataclasses
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_core import models
from mnist_core.datasets import Dataset
from mnist_core.errors import TrainingError
from mnist_train import averaging, randomness
from mnist_train.augmentation.augmenter import Augmenter
from mnist_train.averaging import Average
from mnist_train.optimizer import AdamW
from mnist_train.processes import Processes
from mnist_train.recipes import Recipe

# Updates between two looks at the loss. A look makes a GPU wait for the processor, and processes for each other.
_STEP = 10
_LOOK = 1_000  # images at a time that are only looked at

_CPU = torch.device("cpu")
_ALONE = Processes()


@dataclass(frozen=True)
class Step:
    """What a few updates gave.

    Attributes:
        images: How many they went through.
        loss: The sum of their cross-entropies.
        correct: How many of them were read correctly.
    """

    images: int
    loss: float
    correct: int


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training set gave.

    Attributes:
        epoch: Its number, from 1.
        images: How many it went through.
        loss: Mean cross-entropy over the images, each at the time it was seen, with the labels as the recipe smooths
            them: a perfect answer to a label smoothed by 0.1 still has 0.5.
        train_accuracy: Fraction of them read correctly at that time.
        validation_accuracy: Fraction of the validation images read correctly at its end.
        seconds: Its wall-clock time, validation left out.
        images_per_second: Training images a second.
    """

    epoch: int
    images: int
    loss: float
    train_accuracy: float
    validation_accuracy: float
    seconds: float
    images_per_second: float


@dataclass(frozen=True)
class Tensors:
    """A dataset on the device.

    Attributes:
        images: uint8 (N, 28, 28).
        labels: int64 (N,).
    """

    images: Tensor
    labels: Tensor

    @classmethod
    def of(cls, dataset: Dataset, device: torch.device = _CPU) -> "Tensors":
        """Puts a dataset onto a device, by default the processor, where it stays."""
        # A copy: torch warns of arrays that can't be written, as those read from a file are.
        return cls(torch.tensor(dataset.images, device=device), torch.tensor(dataset.labels, device=device))

    def __len__(self) -> int:
        return len(self.labels)


@dataclass
class Position:
    """How far a training has come.

    Attributes:
        epoch: Epochs that have ended.
        batch: Batches of the present epoch that are done.
        update: Updates so far, in all epochs.
        loss: The sum of the present epoch's cross-entropies so far.
        correct: How many of its images were read correctly.
        seconds: What it has taken so far.
    """

    epoch: int = 0
    batch: int = 0
    update: int = 0
    loss: float = 0.0
    correct: int = 0
    seconds: float = 0.0


class Training:
    """A training: to iterate is to go through what is left of it, with a `Step` every few updates, and every `Epoch`.

    All randomness comes from the seed and the place in the training. With several processes, all must iterate; each
    takes its share of every batch, and they end with the same weights as one process alone, but for rounding.

    Attributes:
        model: The network that is trained.
        position: How far it has come.
        history: The epochs that have ended.
    """

    def __init__(
        self,
        model: nn.Sequential,
        training: Tensors,
        validation: Tensors,
        recipe: Recipe,
        *,
        seed: int,
        epochs: int | None = None,
        precision: torch.dtype = torch.float32,
        processes: Processes = _ALONE,
    ) -> None:
        """Prepares a training from its beginning.

        Args:
            model: A network with fresh weights on the data's device; it is changed in place.
            training: What to learn from.
            validation: What to measure on after each epoch.
            recipe: Batch size, learning rate and the like.
            seed: What the order of the images and their changes come from.
            epochs: Passes over the training set, or None for as many as the recipe says.
            precision: The type in which layers multiply, float32 or bfloat16.
            processes: Who else trains the same model; by default nobody.

        Raises:
            TrainingError: There are more processes than images in a batch.
        """
        self.model = model
        self.position = Position()
        self.history: list[Epoch] = []
        self._training, self._validation = training, validation
        self._recipe, self._seed, self._precision = recipe, seed, precision
        self._processes = processes
        self._parallel = processes.parallel(model)
        self._optimizer = AdamW(model.parameters(), recipe.betas, recipe.weight_decay)
        self._sizes = recipe.sizes(len(training), epochs)
        self._finish = len(self._sizes) - recipe.finishing(len(self._sizes))  # the epoch with which it begins
        self._updates = sum(map(self._batches, self._sizes[: self._finish]))
        self._finishing = sum(map(self._batches, self._sizes[self._finish :]))
        self._average = Average(model) if recipe.averaging else None
        device, changes = training.labels.device, recipe.augmentation
        self._augmenter = Augmenter(changes, device) if changes else None
        self._finisher = Augmenter(changes.unworn(), device) if changes and self._finishing else None
        smallest = min(size // self._batches(size) for size in self._sizes)
        if smallest < processes.count:
            raise TrainingError(
                f"Batches of {smallest} images can't be shared by {processes.count} processes. "
                "Try a larger --batch-size, or fewer processes."
            )
        self._order = torch.zeros(0, dtype=torch.int64, device=device)  # of this epoch's images
        self._losses = torch.full((len(training),), math.inf, device=device)  # of each image, when it was last seen
        self._fresh = torch.zeros(len(training), device=device)  # those that only this process knows of,
        self._gathered = 0  # from this batch of the epoch on

    @property
    def images(self) -> list[int]:
        """How many images each epoch goes through."""
        return list(self._sizes)

    @property
    def seen(self) -> int:
        """How many of the present epoch's images are done."""
        return sum(map(len, self._batches_of_epoch()[: self.position.batch])) if self.position.batch else 0

    @property
    def validation_count(self) -> int:
        """How many images validate."""
        return len(self._validation)

    @property
    def result(self) -> nn.Sequential:
        """The network to use: the average of the weights where the recipe averages them."""
        return self._average.model if self._average else self.model

    def __iter__(self) -> Iterator[Step | Epoch]:
        """Goes through what is left.

        Raises:
            TrainingError: The loss is no longer a finite number.
        """
        place = self.position
        while place.epoch < len(self._sizes):
            start = time.perf_counter()
            if place.batch == 0:
                self._order = self._draw_order()
                if place.epoch == self._finish:
                    self._begin_finish()
            size = len(self._order)
            batches = self._batches_of_epoch()
            self._parallel.train()
            while place.batch < len(batches):
                some = batches[place.batch : place.batch + _STEP]
                step = self._advance(some)
                place.seconds += time.perf_counter() - start
                place.batch += len(some)
                place.loss += step.loss
                place.correct += step.correct
                yield step
                start = time.perf_counter()
            self._gather_losses()
            epoch = Epoch(
                epoch=place.epoch + 1,
                images=size,
                loss=place.loss / size,
                train_accuracy=place.correct / size,
                validation_accuracy=self._score(),
                seconds=place.seconds,
                images_per_second=size / place.seconds,
            )
            self.position = place = Position(epoch=place.epoch + 1, update=place.update)
            self._gathered = 0
            self.history.append(epoch)
            yield epoch

    def _begin_finish(self) -> None:
        """Goes on from the average, as if nothing had been learned of the gradients."""
        self.model.load_state_dict(self.result.state_dict())
        self._optimizer.forget()

    def _batches(self, size: int) -> int:
        """In how many batches, all of nearly the same size, to go through so many images."""
        return math.ceil(size / self._recipe.batch_size)

    def _draw_order(self) -> Tensor:
        """Chooses the hardest images, for the first epoch any, and shuffles them."""
        size = self._sizes[self.position.epoch]
        source = randomness.generator(self._seed, randomness.ORDER, self.position.epoch)
        if self.position.epoch == 0:
            return torch.randperm(len(self._training), generator=source)[:size].to(self._losses.device)
        self._look_at_unseen()
        hardest = self._losses.topk(size).indices.sort().values  # so that rounding changes no more than what is chosen
        return hardest[torch.randperm(size, generator=source).to(hardest.device)]

    def _losses_of(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """The loss of each image (N,), and the logits (N, 10); images beyond the labels are of no digit."""
        with torch.autocast(labels.device.type, self._precision, enabled=self._precision != torch.float32):
            logits = self._parallel(images).float()
        of_digits, of_others = logits[: len(labels)], logits[len(labels) :]
        smoothing = self._recipe.label_smoothing
        losses = F.cross_entropy(of_digits, labels, reduction="none", label_smoothing=smoothing)
        even = of_others.logsumexp(dim=1) - of_others.mean(dim=1)  # cross-entropy with the same chance for each digit
        return torch.cat([losses, even]), of_digits

    @torch.no_grad()
    def _look_at_unseen(self) -> None:
        """Finds the loss of images that no epoch has gone through, without learning from them."""
        unseen = self._losses.isinf().nonzero().squeeze(1)
        if not len(unseen):
            return
        self.model.eval()
        for chosen in torch.split(self._processes.share(unseen), _LOOK):
            self._fresh[chosen] = self._losses_of(self._training.images[chosen], self._training.labels[chosen])[0]
        self._take_over(unseen)

    def _advance(self, batches: tuple[Tensor, ...]) -> Step:
        """Makes one update for each batch, then looks at how they went."""
        tally = torch.zeros(2, device=self._losses.device)  # loss, correct
        for chosen in batches:
            mine = self._processes.share(chosen)
            labels = self._training.labels[mine]
            images = self._training.images[mine]
            augmenter = self._finisher if self._is_finishing else self._augmenter
            if augmenter:
                source = randomness.generator(self._seed, randomness.AUGMENTATION, self.position.update)
                batch = self._training.images[chosen], self._training.labels[chosen]
                images = augmenter(*batch, source, self._processes.share)
            each, logits = self._losses_of(images, labels)
            # Gradients become means over the processes: so that the sum is divided by the number of digits in the whole
            # batch. What is no digit counts as much as one that is.
            loss = each.sum() * (self._processes.count / len(chosen))
            each = each[: len(mine)].detach()
            loss.backward()  # type: ignore[no-untyped-call]
            self._optimizer.step(self._learning_rate())
            self.position.update += 1
            if self._average:
                self._average.update(self._share())
            self._fresh[mine] = each
            tally += torch.stack([each.sum(), (logits.argmax(dim=1) == labels).sum()])
        total, correct = self._processes.add_up(tally).tolist()
        if not math.isfinite(total):
            raise self._not_finite("loss is")
        return Step(sum(map(len, batches)), total, int(correct))

    @property
    def _is_finishing(self) -> bool:
        return self.position.epoch >= self._finish

    def _learning_rate(self) -> float:
        """That of the next update."""
        # The middle of the update, so that neither the first nor the last has a learning rate of zero.
        done = self.position.update + 0.5
        if self._is_finishing:
            return self._recipe.learning_rate((done - self._updates) / self._finishing, self._recipe.finish)
        return self._recipe.learning_rate(done / self._updates)

    def _share(self) -> float:
        """How much of the average the weights after the newest update are."""
        finish, update = self._recipe.finish, self.position.update
        if finish and self._is_finishing:
            return averaging.added(update - self._updates, self._finishing, finish.share)
        return averaging.fading(update, self._recipe.averaging * self._updates)

    def _batches_of_epoch(self) -> tuple[Tensor, ...]:
        return self._order.tensor_split(self._batches(len(self._order)))

    def _gather_losses(self) -> None:
        """Shares with the other processes what each has seen since the last time."""
        batches = self._batches_of_epoch()[self._gathered : self.position.batch]
        if batches:
            self._take_over(torch.cat(batches))
            self._gathered = self.position.batch

    def _take_over(self, seen: Tensor) -> None:
        """Shares the losses of images that the processes have seen, each some of them."""
        self._losses[seen] = self._processes.add_up(self._fresh[seen])
        self._fresh[seen] = 0

    def _score(self) -> float:
        """Fraction of the validation images that the result reads correctly."""
        images, labels = self._processes.share(self._validation.images), self._processes.share(self._validation.labels)
        correct = (models.probabilities(self.result, images).argmax(dim=1) == labels).sum()
        return float(self._processes.add_up(correct)) / len(self._validation)

    def state(self) -> dict[str, Tensor]:
        """All that, with the position, decides how the training goes on. All processes must ask at the same place.

        Raises:
            TrainingError: The weights are no longer finite numbers.
        """
        if self._order.numel():
            self._gather_losses()
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        if not all(tensor.isfinite().all() for tensor in tensors.values()):
            raise self._not_finite("weights are")
        if self._average:
            tensors |= {f"average.{name}": tensor for name, tensor in self._average.model.state_dict().items()}
        tensors |= {f"optimizer.{name}": tensor for name, tensor in self._optimizer.state().items()}
        return tensors | {"losses": self._losses, "order": self._order}

    def restore(self, position: Position, history: Iterable[Epoch], state: Mapping[str, Tensor]) -> None:
        """Goes to where another training was, which had the same arguments.

        Args:
            position: Its position.
            history: Its history.
            state: What its `state` gave.

        Raises:
            TrainingError: The state is of another training.
        """
        self.position, self.history = dataclasses.replace(position), list(history)
        self._order = state["order"].to(self._order.device)
        self._gathered = position.batch
        here = self.state()
        if {name: tensor.shape for name, tensor in here.items()} != {n: tensor.shape for n, tensor in state.items()}:
            raise TrainingError("The checkpoint is of another model or another training set.")
        with torch.no_grad():
            for name, tensor in here.items():
                tensor.copy_(state[name])

    def _not_finite(self, what: str) -> TrainingError:
        return TrainingError(
            f"The {what} no longer finite, at update {self.position.update} of {self._updates + self._finishing}. "
            "Train anew with another --seed or a larger --batch-size."
        )
