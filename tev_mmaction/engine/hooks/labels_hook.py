"""Finds labels outside the classes of the model before the first batch."""

from collections import Counter
from typing import Iterator, Optional

from mmaction.registry import HOOKS
from mmengine.dataset import BaseDataset
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner
from torch.utils.data import Dataset

from tev_mmaction.listing import first_of
from tev_mmaction.texts import quote


@HOOKS.register_module()
class LabelsHook(Hook):
    """Compares the labels of every list with ``num_classes`` of the model's classifier.

    With a label that is too large, training would end with ``Target ... is out of bounds`` or, on a
    GPU, a failed CUDA assertion, and a test would count an error. The hook warns of classes without
    a training video, and of a test without labels, which may be meant for predictions only.
    Datasets with several labels per video are not checked.

    Raises:
        ValueError: Before training, validation or a test, if a label is outside the classes, or the
            number of class names differs. The message names list, video and remedy.
    """

    def before_train(self, runner: Runner) -> None:
        """Check the lists of training and of validation during training."""
        self._check(runner, runner.train_dataloader.dataset, training=True)
        if isinstance(runner._val_loop, BaseLoop):
            self._check(runner, runner.val_dataloader.dataset)

    def before_val(self, runner: Runner) -> None:
        """Check the list of the validation."""
        self._check(runner, runner.val_dataloader.dataset)

    def before_test(self, runner: Runner) -> None:
        """Check the list of the test."""
        self._check(runner, runner.test_dataloader.dataset, required=False)

    def _check(
        self, runner: Runner, dataset: Dataset, training: bool = False, required: bool = True
    ) -> None:
        num_classes = _num_classes(runner)
        if num_classes is None:
            return
        seen: Counter = Counter()
        for part in _parts(dataset):
            names = part.metainfo.get('classes')
            if names and len(names) != num_classes:
                raise ValueError(
                    f'{part.ann_file!r} has {len(names)} names of classes, but model.cls_head.'
                    f'num_classes={num_classes}: set it to {len(names)}, or class_file of the '
                    'dataset to another file'
                )
            seen += _check_labels(part, num_classes, required)
        if set(seen) == {-1}:
            runner.logger.warning('no video has a label: accuracies of this test say nothing')
        unseen = [str(label) for label in range(num_classes) if label not in seen]
        if training and seen and unseen:
            runner.logger.warning(
                f'{len(unseen)} of {num_classes} classes have no video to train on: '
                f'{first_of(unseen, separator=", ")}'
            )


def _num_classes(runner: Runner) -> Optional[int]:
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    return getattr(getattr(model, 'cls_head', None), 'num_classes', None)


def _parts(dataset: Dataset) -> Iterator[BaseDataset]:
    """The datasets inside wrappers such as RepeatDataset and ConcatDataset."""
    if isinstance(dataset, BaseDataset):
        yield dataset
    else:
        inner = getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]
        for part in inner:
            if part is not None:
                yield from _parts(part)


def _check_labels(dataset: BaseDataset, num_classes: int, required: bool) -> Counter:
    """Number of videos per label; all labels must be within the classes."""
    seen: Counter = Counter()
    outside = []
    for position in range(len(dataset)):
        info = dataset.get_data_info(position)
        label = info.get('label')
        if not isinstance(label, int):
            continue  # none is expected, or several, compared with num_classes of the dataset
        seen[label] += 1
        if not 0 <= label < num_classes:
            outside.append((info.get('filename', str(position)), label))
    if not outside:
        return seen
    if set(seen) == {-1} and not required:
        return seen
    name, label = outside[0]
    given = 'no label, or -1' if label == -1 else f'the label {label}'
    counted = f' ({len(outside)} of {len(dataset)} videos have one outside the classes)'
    begin = ' The smallest is 1: count them from 0.' if min(seen) == 1 else ''
    raise ValueError(
        f'{dataset.ann_file!r} gives {quote(name)} {given}{counted if len(outside) > 1 else ""}; '
        f'labels are 0 to {num_classes - 1}, as model.cls_head.num_classes={num_classes}.{begin} '
        'Lines should read `path label`, with labels from 0.'
    )
