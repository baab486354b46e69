"""Orders chosen by a learned policy: Büchler et al., ECCV 2018."""

from itertools import permutations
from typing import Dict, Mapping, Tuple

import numpy as np
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.dist import all_reduce
from torch import Tensor

from ..distributed import global_mean
from ..losses import widened
from .base import TaskHead
from .clip_order_head import PairwiseClassifier


@MODELS.register_module()
class PolicyOrderHead(TaskHead):
    r"""Classifies the order of shuffled clips; a policy chooses orders by what they teach.

    After Büchler, Brattoli & Ommer, *Improving Spatiotemporal Self-Supervision by Deep
    Reinforcement Learning*, ECCV 2018. The sampler draws the V clips of a video, frames or tiles,
    in their right order. As each clip has a feature of its own, this head shuffles the features:
    input i of the classifier is clip ``order[i]``, in one of the V! orders.

    - **Loss**: cross-entropy of the orders that the policy π draws, one for each video.
    - **Errors**: each training batch is first tested, before it is learned, in orders drawn
      uniformly. The error E of an order is a running mean of its errors, and the reward R of the
      orders of the last batch is the decrease of the mean of E.
    - **Policy**: :math:`\pi_p \propto \exp H_p`. A share ε of the draws is uniform, so order p has
      the probability :math:`q_p = (1 - \epsilon) \pi_p + \epsilon / V!`. With the share :math:`a_p`
      of order p in the last batch, and the running mean and deviation of R,

      .. math:: H \leftarrow H + \alpha A \, \nabla_H \sum_p a_p \log q_p, \quad
          A = \frac{R - \bar{R}}{\sigma_R} \text{, within } [-3, 3],

      REINFORCE with a baseline.

    Draws are functions of the batch's videos and of the number of steps. This number and all that
    the policy knows are in the checkpoint, so a resumed run continues with them. They are equal on
    all ranks.

    Args:
        in_channels (int): Feature width D.
        num_clips (int): Clips V that the head orders, from 2 to 5. Defaults to 4.
        dropout (float): See :class:`PairwiseClassifier`. Defaults to 0.5.
        policy_lr (float): α > 0. Defaults to 0.1.
        explore (float): ε, within (0, 1]; 1 draws uniformly. Defaults to 0.5.
        momentum (float): Weight of the new value in running means, within (0, 1]. Defaults to 0.1.
        **kwargs: ``loss_weight``, ``init_cfg`` and ``clips`` of :class:`TaskHead`.

    Raises:
        ValueError: If an argument is outside its range.
    """

    errors: Tensor
    preferences: Tensor
    shares: Tensor
    steps: Tensor
    reward: Tensor

    def __init__(
        self,
        in_channels: int,
        num_clips: int = 4,
        dropout: float = 0.5,
        policy_lr: float = 0.1,
        explore: float = 0.5,
        momentum: float = 0.1,
        **kwargs,
    ):
        super().__init__(num_clips, **kwargs)
        if not 2 <= num_clips <= 5:
            raise ValueError(f'num_clips={num_clips}: give 2 to 5, which have 2 to 120 orders')
        if policy_lr <= 0:
            raise ValueError(f'policy_lr={policy_lr}: must be > 0, for example 0.1')
        for name, value in dict(explore=explore, momentum=momentum).items():
            if not 0 < value <= 1:
                raise ValueError(f'{name}={value}: give a share within (0, 1]')
        self.orders = list(permutations(range(num_clips)))
        self.num_classes = len(self.orders)
        self.classifier = PairwiseClassifier(in_channels, num_clips, self.num_classes, dropout)
        self.policy_lr = policy_lr
        self.explore = explore
        self.momentum = momentum
        guessing = 1 - 1 / self.num_classes
        self.register_buffer('errors', torch.full((self.num_classes,), guessing))
        self.register_buffer('preferences', torch.zeros(self.num_classes))
        self.register_buffer('shares', torch.zeros(self.num_classes))  # of the last batch
        self.register_buffer('steps', torch.zeros((), dtype=torch.int64))
        self.register_buffer('reward', torch.zeros(2))  # running mean, and mean of its square

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; adds ``error``, the mean error of all orders.

        ``chance`` is the probability of the likeliest order.
        """
        rng = np.random.default_rng([int(self.steps), *targets['sample_idx'].tolist()])
        if self.training:
            self._test_and_learn_policy(features.detach(), rng)
        probabilities = self.probabilities()
        drawn = rng.choice(self.num_classes, size=len(features), p=probabilities.numpy())
        scores, labels = self._scores(features, drawn)
        if self.training:
            counts = labels.bincount(minlength=self.num_classes).float()
            all_reduce(counts)
            self.shares.copy_(counts / counts.sum().clamp(min=1))
            self.steps += 1
        loss = global_mean(F.cross_entropy(scores, labels, reduction='none'))
        return dict(
            loss=self.loss_weight * loss,
            acc=global_mean((scores.argmax(dim=1) == labels).to(scores.dtype)),
            chance=probabilities.max().to(loss),
            error=self.errors.mean(),
        )

    def probabilities(self) -> Tensor:
        """Probabilities (V!,) of the orders, float64, on the CPU."""
        preferred = self.preferences.cpu().double().softmax(dim=0)
        return (1 - self.explore) * preferred + self.explore / self.num_classes

    def _scores(self, features: Tensor, drawn: np.ndarray) -> Tuple[Tensor, Tensor]:
        """Scores of features in the drawn orders, and the numbers of these."""
        labels = torch.from_numpy(drawn).to(features.device)
        orders = torch.tensor(self.orders, device=features.device)[labels]
        shuffled = features.gather(1, orders[..., None].expand_as(features))
        return widened(self.classifier(shuffled.flatten(1))), labels

    @torch.no_grad()
    def _test_and_learn_policy(self, features: Tensor, rng: np.random.Generator) -> None:
        """Test a batch, update the errors, and learn from the reward of the last batch's draws."""
        self.classifier.eval()
        scores, labels = self._scores(features, rng.integers(self.num_classes, size=len(features)))
        self.classifier.train()
        torch.clear_autocast_cache()  # of casts without gradient
        wrong = (scores.argmax(dim=1) != labels).float()
        sums = torch.zeros(2, self.num_classes, device=features.device)
        sums[0].index_add_(0, labels, wrong)
        sums[1].index_add_(0, labels, torch.ones_like(wrong))
        all_reduce(sums)
        tested = sums[1] > 0
        before = self.errors.mean()
        means = sums[0] / sums[1].clamp(min=1)
        self.errors[tested] += self.momentum * (means - self.errors)[tested]
        if self.shares.any():
            self._reinforce(before - self.errors.mean())

    def _reinforce(self, reward: Tensor) -> None:
        mean, square = self.reward
        deviation = (square - mean**2).clamp(min=0).sqrt()
        if deviation > 0:
            advantage = (reward - mean) / deviation
            policy = self.preferences.softmax(dim=0)
            uniform = self.explore / self.num_classes
            # The part of the draws that the policy made; uniform ones say nothing about it.
            drawn = self.shares * (1 - self.explore) * policy
            drawn = drawn / ((1 - self.explore) * policy + uniform)
            pull = drawn - drawn.sum() * policy  # the gradient of the sum
            self.preferences += self.policy_lr * advantage.clamp(-3, 3) * pull
        self.reward += self.momentum * (torch.stack([reward, reward**2]) - self.reward)
