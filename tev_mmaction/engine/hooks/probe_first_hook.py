"""Starts fine-tuning with a classifier that is fitted to the pre-trained features."""

from itertools import islice
from typing import Any, Iterable, Iterator, List, Tuple

import torch
from mmaction.registry import HOOKS
from mmengine.dist import all_gather_object, get_world_size
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import Tensor, nn
from torch.nn import functional as F

_SMALLEST_STD = 1e-4  # used for constant features


@HOOKS.register_module()
class ProbeFirstHook(Hook):
    """Fits the classifier to the features of the frozen backbone before the first iteration.

    With few labels, a random classifier sends large gradients into the backbone, and the first
    steps destroy what pre-training has learned. Linear probing first, then fine-tuning, avoids
    that (LP-FT, Kumar et al., ICLR 2022). The probe is a logistic regression on standardised
    features, computed with the backbone in eval mode from ``passes`` views of each training video;
    the scale and the offset are folded into the classifier. A resumed run already has its
    classifier, so the hook does nothing.

    Args:
        passes (int): Number of views of every training video, drawn by the training pipeline.
            Defaults to 4.
        decay (float): Weight of the squared norm of the classifier's weights, added to the mean
            cross entropy. Defaults to 0.01.

    Raises:
        ValueError: Before training, if the model has no linear classifier ``cls_head.fc_cls``, or
            if the samples have several labels.
    """

    priority = 'LOW'  # after BackboneWeightsHook has compared the weights

    def __init__(self, passes: int = 4, decay: float = 0.01):
        if passes < 1:
            raise ValueError(f'passes={passes} of ProbeFirstHook: at least 1 is needed')
        self.passes = passes
        self.decay = decay

    def before_train(self, runner: Runner) -> None:
        """Fit the classifier."""
        if runner.iter > 0:
            return
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        classifier = getattr(getattr(model, 'cls_head', None), 'fc_cls', None)
        if not isinstance(classifier, nn.Linear):
            raise ValueError(
                'ProbeFirstHook needs a head with one linear classifier, model.cls_head.fc_cls, as '
                f'I3DHead has; this model has {type(classifier).__name__}. Leave the hook out of '
                'custom_hooks'
            )
        features, labels = self._features(runner, model, classifier)
        share = fit_classifier(classifier, features, labels, self.decay)
        runner.logger.info(
            f'the classifier begins with a linear probe of {len(labels)} views, of which it has '
            f'{100 * share:.1f} % right'
        )

    def _features(self, runner: Runner, model: Any, classifier: nn.Linear) -> Tuple[Tensor, Tensor]:
        """Inputs of the classifier (N, D) and labels (N,) of all processes."""
        loader = runner.train_dataloader
        a_batch = get_world_size() * (loader.batch_size or 1)
        batches = -(-self.passes * len(loader.dataset) // a_batch)
        seen: List[Tensor] = []
        handle = classifier.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        training, labels = model.training, []
        model.eval()
        try:
            with torch.no_grad():
                for batch in islice(_endless(loader), batches):
                    data = model.data_preprocessor(batch, training=True)
                    samples = data['data_samples']
                    features, options = model.extract_feat(
                        data['inputs'], data_samples=samples, test_mode=False
                    )
                    before = len(seen)
                    model.cls_head(features, **options)
                    labels += _labels(samples, sum(len(each) for each in seen[before:]))
        finally:
            handle.remove()
            model.train(training)
        parts = all_gather_object((torch.cat(seen).cpu(), torch.tensor(labels)))
        return torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts])


def _endless(loader: Iterable) -> Iterator:
    """Batches of consecutive epochs, also for an infinite sampler."""
    while True:
        yield from loader


def _labels(samples: list, views: int) -> List[int]:
    """The label of each view of a batch."""
    labels = [sample.gt_label.flatten().tolist() for sample in samples]
    if any(len(each) != 1 for each in labels):
        raise ValueError(
            'ProbeFirstHook fits one label a video, and these samples have several: leave the hook '
            'out of custom_hooks'
        )
    return [label for (label,) in labels for _ in range(views // len(samples))]


def fit_classifier(classifier: nn.Linear, features: Tensor, labels: Tensor, decay: float) -> float:
    """Set a classifier to the logistic regression of standardised features.

    Minimises the mean cross entropy plus ``decay`` times the squared norm of the weights, in
    float64 by L-BFGS, from zero. Standardisation becomes part of weight and bias.

    Args:
        classifier (nn.Linear): D to C, with a bias.
        features (Tensor): Shape (N, D).
        labels (Tensor): Shape (N,), int64, within [0, C).
        decay (float): See above.

    Returns:
        float: Share of the features that are classified correctly.
    """
    x = features.double()
    mean, std = x.mean(dim=0), x.std(dim=0, correction=0).clamp(min=_SMALLEST_STD)
    x = (x - mean) / std
    weight = torch.zeros(classifier.out_features, x.shape[1], dtype=x.dtype, requires_grad=True)
    bias = torch.zeros(classifier.out_features, dtype=x.dtype, requires_grad=True)
    solver = torch.optim.LBFGS(
        [weight, bias], max_iter=500, tolerance_grad=1e-8, line_search_fn='strong_wolfe'
    )

    def objective() -> Tensor:
        solver.zero_grad()
        loss = F.cross_entropy(F.linear(x, weight, bias), labels) + decay * weight.square().sum()
        loss.backward()
        return loss

    solver.step(objective)
    with torch.no_grad():
        share = (F.linear(x, weight, bias).argmax(dim=1) == labels).double().mean().item()
        classifier.weight.copy_(weight / std)
        classifier.bias.copy_(bias - (weight / std) @ mean)
    return share
