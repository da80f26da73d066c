"""Makes probabilities mean what they say: of what a model is 90 % sure of, 90 % should be right.

Temperature scaling (Guo et al., https://arxiv.org/abs/1706.04599): all logits are divided by one number, fitted on
validation images. Answers stay the same, and so does the way to run the model: the number goes into its last layer.
"""

import torch
from torch import Tensor, nn

_STEPS = 30  # of Newton's method, which needs about five
_MOST = 4.0  # a few validation images, all read correctly, would ask for endless sharpness


@torch.no_grad()
def fit(logits: Tensor, labels: Tensor) -> float:
    """Finds the temperature with the lowest cross-entropy.

    Args:
        logits: Of images that were not trained on, float32 (N, C).
        labels: int64 (N,).

    Returns:
        What to divide logits by, from 1/4 to 4: above 1 the model was too sure of itself.
    """
    logits = logits.double()
    right = logits.gather(1, labels[:, None]).squeeze(1)
    sharpness = torch.ones((), dtype=torch.float64, device=logits.device)  # 1 / temperature: in it, the loss is convex
    for _ in range(_STEPS):
        shares = (logits * sharpness).softmax(dim=1)
        mean = (shares * logits).sum(dim=1)
        slope = (mean - right).mean()
        curvature = ((shares * logits.square()).sum(dim=1) - mean.square()).mean()
        # At most doubled or halved: far from the end, the curvature says little.
        wanted = sharpness - slope / curvature.clamp_min(1e-12)
        sharpness = wanted.clamp(sharpness / 2, sharpness * 2).clamp(1 / _MOST, _MOST)
    return 1 / float(sharpness)


def apply(model: nn.Sequential, temperature: float) -> None:
    """Divides a model's logits by a temperature, in place.

    Args:
        model: A network whose last layer is linear.
        temperature: What `fit` gave.

    Raises:
        TypeError: Its last layer is another.
    """
    last = model[-1]
    if not isinstance(last, nn.Linear):
        raise TypeError(f"the last layer is a {last}, not a linear one")
    with torch.no_grad():
        last.weight.div_(temperature)
        last.bias.div_(temperature)
