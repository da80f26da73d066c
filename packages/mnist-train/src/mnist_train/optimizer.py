"""AdamW (Loshchilov and Hutter, https://arxiv.org/abs/1711.05101) through torch's functional form.

The classes in `torch.optim` import torch's compiler when the first is made, which takes longer than importing torch
itself. The functional form runs the same fused kernel without it.
"""

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.optim.adamw import adamw


class AdamW:
    """Updates parameters in place from their gradients."""

    def __init__(self, parameters: Iterable[Tensor], betas: tuple[float, float], weight_decay: float) -> None:
        self._parameters = list(parameters)
        self._betas = betas
        self._weight_decay = weight_decay
        self._means = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._squares = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._steps = [torch.zeros((), device=parameter.device) for parameter in self._parameters]

    def state(self) -> dict[str, Tensor]:
        """What it has learned of the gradients: changing these tensors changes its state."""
        kinds = {"mean": self._means, "square": self._squares, "step": self._steps}
        return {f"{kind}.{number}": tensor for kind, tensors in kinds.items() for number, tensor in enumerate(tensors)}

    def forget(self) -> None:
        """Makes it as it was before the first update."""
        for tensor in self.state().values():
            tensor.zero_()

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """Makes one update and clears the gradients; every parameter must have one."""
        gradients = [parameter.grad for parameter in self._parameters if parameter.grad is not None]
        adamw(
            self._parameters,
            gradients,
            self._means,
            self._squares,
            [],
            self._steps,
            fused=True,
            amsgrad=False,
            beta1=self._betas[0],
            beta2=self._betas[1],
            lr=learning_rate,
            weight_decay=self._weight_decay,
            eps=1e-8,
            maximize=False,
        )
        for parameter in self._parameters:
            parameter.grad = None
