"""Says what can be drawn from the videos, and refuses tasks of which a class never comes up."""

from typing import List, Sequence, Tuple

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import nn

from tev_mmaction.datasets import ClipPairDataset
from tev_mmaction.datasets.drawn_labels import drawn_labels
from tev_mmaction.datasets.video_lengths import VideoLengths, video_lengths
from tev_mmaction.listing import first_of
from tev_mmaction.models.heads import ClassificationHead
from tev_mmaction.temporal import ClipSampler

from ..drawable import LONGEST, DrawnClass, drawn_classes, fitting_clips, table

_OPENED_FIRST = 64
_DRAWS = 2000  # videos, for what is expected of their labels


@HOOKS.register_module()
class DrawnClassesHook(Hook):
    """Compares the classes of the heads with what can be drawn from the videos.

    Training begins with a table in the log: every speed, and every other class that asks for longer
    videos than the shortest clips do, the frames that it needs, and the share of the
    videos that have them. Lengths are those of the index, else of videos drawn at random: 64, and
    more where a class does not come up in these.

    ``chance_<task>`` in the log begins with what is drawn from videos of these lengths.

    A speed that no head tells, and that no video can hold, is warned of. Heads of one's own, and
    samplers of one's own, are checked if they say what is needed: see
    :attr:`ClassificationHead.label_name` and :meth:`ClipSampler.possible_labels`.

    Args:
        most_opened (int): Videos to open, at most, where the index does not know all lengths.
            Defaults to 500.

    Raises:
        ValueError: If ``most_opened`` is below 1; before training, if a class of a head cannot
            occur, because the sampler does not draw it or as the videos are too short, and if all
            are too short for any clip. The message says which clips would fit.
    """

    def __init__(self, most_opened: int = 500):
        if most_opened < 1:
            raise ValueError(f'most_opened={most_opened}: at least 1')
        self.most_opened = most_opened

    def before_train(self, runner: Runner) -> None:
        """Log the table and check the classes."""
        dataset = runner.train_dataloader.dataset
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        heads = getattr(model, 'heads', None)
        if heads is None or not isinstance(dataset, ClipPairDataset):
            return
        sampler = dataset.clip_sampler
        classes = drawn_classes(heads, sampler)
        _check_sampler(classes, sampler)
        lengths, beyond = self._compare(classes, dataset)
        if not len(lengths.frames):
            return  # the first batch says why no video can be read
        runner.logger.info(table(classes, sampler, lengths))
        lacking = [each for each in beyond if each.told]
        if lengths.frames[-1] < sampler.min_frames:
            what = f'clips need {sampler.min_frames} frames or more'
        elif lacking:
            what = (
                f'{_named(lacking)} can never be drawn'
                + (f' for a group of {dataset.group_size}' if dataset.group_size > 1 else '')
                + ', and a task is too easy without one of its classes'
            )
        else:
            if beyond:
                runner.logger.warning(f'{_named(beyond)} can never be drawn from {lengths}')
            _expect(heads, dataset, lengths)
            return
        raise ValueError(f'{lengths}: {what}. {fitting_clips(heads, sampler, lengths)}')

    def _compare(
        self, classes: Sequence[DrawnClass], dataset: ClipPairDataset
    ) -> Tuple[VideoLengths, List[DrawnClass]]:
        """Lengths, and the classes that ask for longer videos."""
        for most in sorted({min(_OPENED_FIRST, self.most_opened), self.most_opened}):
            lengths = video_lengths(dataset, most)
            if not len(lengths.frames):
                return lengths, []
            # What a group shares fits its shortest video; a sample may have missed others.
            videos = dataset.group_size if lengths.complete else 1
            reach = lengths.frames[-min(videos, len(lengths.frames))]
            beyond = [each for each in classes if each.frames > reach]
            if not beyond or lengths.complete:
                break
        return lengths, beyond


def _expect(heads: nn.ModuleDict, dataset: ClipPairDataset, lengths: VideoLengths) -> None:
    """Tell the heads how often each class is drawn, for ``chance`` in the first logs."""
    labels = drawn_labels(dataset, lengths.frames, _DRAWS)
    for head in heads.values():
        if isinstance(head, ClassificationHead):
            counts = head.drawn_counts(labels)
            if counts is not None:
                head.expect(counts)


def _check_sampler(classes: Sequence[DrawnClass], sampler: ClipSampler) -> None:
    never = [each for each in classes if each.frames is None]
    if never:
        drawn = {name: sorted(values) for name, values in sampler.possible_labels(LONGEST).items()}
        raise ValueError(
            f'{_named(never)}: {type(sampler).__name__} never draws it, it has {drawn}. Give head '
            'and train_dataloader.dataset.clip_sampler the same classes, or set the head to None: '
            'a task is too easy without one of its classes'
        )


def _named(classes: Sequence[DrawnClass]) -> str:
    return first_of(
        [
            f'{"model.heads." if each.told else ""}{each.task} {each.name}'
            + (f' ({each.frames} frames)' if each.frames else '')
            for each in classes
        ],
        separator=', ',
    )
