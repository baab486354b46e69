"""Follows, on a small labelled list, how good the features become during a pre-training."""

import time
from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy as np
import torch
from mmaction.registry import HOOKS
from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch.utils.data import DataLoader

from tev_mmaction.datasets.randomness import seeded
from tev_mmaction.evaluation import (
    GALLERY,
    QUERY,
    FeatureMetric,
    FeatureSet,
    LinearProbeMetric,
    RetrievalMetric,
    check_features,
    standardise,
)

from ..divided import unwrapped


@HOOKS.register_module()
class OnlineProbeHook(Hook):
    """Logs the accuracy of 1-NN and of a linear SVM on a labelled list, while a model trains.

    Before the first iteration and after every ``interval`` epochs, it computes one feature of every
    video: that of its middle crop, from one clip. To all backends of the visualizer, it logs
    ``probe/nn1`` of :class:`RetrievalMetric`, ``probe/top1`` of :class:`LinearProbeMetric` with
    C = 0.01, and their chance levels ``probe/chance_nn1`` and ``probe/chance_top1``.
    The training does not change: the hook trains nothing and restores the random generators.

    Videos are decoded once and kept as uint8, if they fit into ``max_memory``; otherwise they are
    decoded each time. Several processes share the videos. Features that cannot be evaluated, for
    example because they have collapsed, stop the training before its first iteration; later, they
    are a warning.

    Args:
        gallery_ann_file (str): List of the videos to classify with, one ``path label`` per line.
        ann_file (str): List of the videos to classify.
        interval (int): Epochs from one probe to the next; iterations, if the training counts these.
            Defaults to 1.
        clip_len (int, optional): Frames of a clip. None: as in the training. Defaults to None.
        frame_interval (int, optional): Source frames from one frame of a clip to the next. None:
            the clip is spread over the whole video. Defaults to None.
        size (int, optional): Height and width of a clip. None: as in the training.
            Defaults to None.
        max_memory (float): Gibibytes of decoded clips that each process may keep. Defaults to 1.
        batch_size (int): Number of videos in a forward pass. Defaults to 8.
        num_workers (int): Processes that decode. Defaults to 0.
        **dataset: Further arguments of :class:`GalleryQueryDataset`, such as ``data_root``,
            ``data_prefix`` and ``class_file``.

    Raises:
        ValueError: If a number is out of range; before training, if the clips of the training do
            not tell length and size, or for lists and features that cannot be evaluated.
    """

    # After the hooks that load weights, and before LoggerHook.
    priority = 'NORMAL'

    def __init__(
        self,
        gallery_ann_file: str,
        ann_file: str,
        interval: int = 1,
        clip_len: Optional[int] = None,
        frame_interval: Optional[int] = None,
        size: Optional[int] = None,
        max_memory: float = 1.0,
        batch_size: int = 8,
        num_workers: int = 0,
        **dataset: Any,
    ):
        for name, number in dict(interval=interval, batch_size=batch_size).items():
            if number < 1:
                raise ValueError(f'OnlineProbeHook.{name}={number}: at least 1')
        if max_memory < 0:
            raise ValueError(f'OnlineProbeHook.max_memory={max_memory}: give gibibytes, 0 for none')
        self.interval = interval
        self.clip = dict(clip_len=clip_len, frame_interval=frame_interval, size=size)
        self.max_memory = max_memory
        self.loading = dict(batch_size=batch_size, num_workers=num_workers)
        self.dataset = dict(dataset, gallery_ann_file=gallery_ann_file, ann_file=ann_file)
        self._loader: DataLoader
        self._metrics: Dict[str, FeatureMetric] = {}
        self._kept: Optional[List[dict]] = None

    def before_train(self, runner: Runner) -> None:
        """Read the lists; probe the initial weights."""
        clip = _clip_of(runner.train_dataloader.dataset, self.clip)
        dataset = dict(self.dataset, type='GalleryQueryDataset', pipeline=_pipeline(**clip))
        sampler = dict(type='DefaultSampler', shuffle=False)
        with seeded(0):
            self._loader = Runner.build_dataloader(
                dict(self.loading, dataset=dataset, sampler=sampler)
            )
        protocol = dict(
            clip, name='online probe', split='online probe', num_clips=1, crops='center'
        )
        self._metrics = dict(
            nn1=RetrievalMetric(protocol, topk=1, num_examples=0, num_mapped=0),
            top1=LinearProbeMetric(protocol, costs=(0.01,)),
        )
        self._kept = None
        if runner.iter == 0:
            self._probe(runner, 0)

    def after_train_epoch(self, runner: Runner) -> None:
        """Probe after an epoch."""
        if _by_epoch(runner) and self.every_n_epochs(runner, self.interval):
            self._probe(runner, runner.epoch + 1)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Probe after an iteration of a training that counts these."""
        if not _by_epoch(runner) and self.every_n_train_iters(runner, self.interval):
            self._probe(runner, runner.iter + 1)

    def _probe(self, runner: Runner, step: int) -> None:
        begin = time.perf_counter()
        with seeded(0):
            videos = self._videos(runner)
        if not is_main_process():
            return
        try:
            figures, counts = self._figures(videos)
        except ValueError as error:
            if step == 0:
                raise
            runner.logger.warning(f'the online probe has no figures after {step}: {error}')
            return
        runner.visualizer.add_scalars(
            {f'probe/{name}': value for name, value in figures.items()}, step=step
        )
        unit = 'epoch' if _by_epoch(runner) else 'iteration'
        runner.logger.info(
            f'online probe, {unit} {step}: 1-NN {figures["nn1"]:.1%} (chance '
            f'{figures["chance_nn1"]:.1%}), linear SVM {figures["top1"]:.1%} (chance '
            f'{figures["chance_top1"]:.1%}), {counts}, {time.perf_counter() - begin:.1f} s'
        )

    def _videos(self, runner: Runner) -> List[Tuple[str, int, str, np.ndarray]]:
        """Subset, label, name and feature of every video, on all processes."""
        model = runner.model
        training, mine = model.training, {}
        model.eval()
        try:
            with torch.no_grad():
                for batch in self._batches(runner):
                    for sample in model.val_step(batch):
                        if 'clip_features' not in sample:
                            raise ValueError(
                                f'{type(unwrapped(model)).__name__} gives no clip_features: '
                                'OnlineProbeHook is for a pre-training with '
                                'TimeEquivariantRecognizer'
                            )
                        feature = sample.clip_features.mean(dim=0).float().cpu().numpy()
                        label = int(sample.gt_label)
                        mine[sample.sample_idx] = (sample.subset, label, sample.filename, feature)
        finally:
            model.train(training)
        # A sampler gives some videos to two processes, so that all have as many.
        found = {index: video for part in all_gather_object(mine) for index, video in part.items()}
        return [found[index] for index in sorted(found)]

    def _batches(self, runner: Runner) -> Iterator[dict]:
        """Decoded videos of this process; kept while they fit into the memory."""
        if self._kept:
            yield from self._kept
            return
        kept: List[dict] = []
        room = self.max_memory * 2**30
        for batch in self._loader:
            size = sum(clips.nbytes for clips in batch['inputs'])
            room -= size
            if room >= 0 and self._kept is None:
                kept.append(batch)
            elif self._kept is None:
                self._kept = kept = []  # not tried again
                needed = size / 2**30 * len(self._loader)
                runner.logger.warning(
                    f'the online probe decodes its videos each time: about {needed:.2g} GiB do not '
                    f'fit into max_memory={self.max_memory:g}. Raise it, or list fewer videos'
                )
            yield batch
        self._kept = kept

    def _figures(
        self, videos: List[Tuple[str, int, str, np.ndarray]]
    ) -> Tuple[Dict[str, float], str]:
        gallery, queries = (_feature_set(videos, subset) for subset in (GALLERY, QUERY))
        check_features(gallery, queries)
        gallery, queries, _ = standardise(gallery, queries, 'gallery')
        figures = {}
        for name, metric in self._metrics.items():
            figures[name] = metric.compute(gallery, queries)[name]
            figures[f'chance_{name}'] = metric.chance(gallery.labels, queries.labels)[name]
        return figures, f'{len(gallery)} and {len(queries)} videos'


def _by_epoch(runner: Runner) -> bool:
    return isinstance(runner.train_loop, EpochBasedTrainLoop)


def _feature_set(videos: List[Tuple[str, int, str, np.ndarray]], subset: str) -> FeatureSet:
    chosen = [video[1:] for video in videos if video[0] == subset]
    labels, names, features = zip(*chosen) if chosen else ((), (), [np.empty(0)])
    return FeatureSet(np.stack(features), np.array(labels, np.int64), list(names))


def _clip_of(dataset: Any, wanted: Dict[str, Optional[int]]) -> Dict[str, Any]:
    """Length, speed and size of clips; those that are not given are those of the training."""
    found = dict(wanted)
    if found['clip_len'] is None:
        found['clip_len'] = getattr(getattr(dataset, 'clip_sampler', None), 'clip_len', None)
    if found['size'] is None:
        steps = getattr(getattr(dataset, 'pipeline', None), 'transforms', ())
        sizes = [min(step.width, step.height) for step in steps if hasattr(step, 'width')]
        found['size'] = sizes[-1] if sizes else None
    missing = [name for name in ('clip_len', 'size') if found[name] is None]
    if missing:
        raise ValueError(
            f'OnlineProbeHook cannot tell {" and ".join(missing)} of the clips of a '
            f'{type(dataset).__name__}: give it {", ".join(f"{name}=..." for name in missing)}'
        )
    return found


def _pipeline(clip_len: int, frame_interval: Optional[int], size: int) -> List[dict]:
    frames: Dict[str, Any] = dict(type='UniformSample', clip_len=clip_len, test_mode=True)
    if frame_interval is not None:
        frames = dict(frames, type='SampleFrames', frame_interval=frame_interval, num_clips=1)
    return [
        dict(type='VideoInit'),
        frames,
        dict(type='VideoDecode'),
        dict(type='Resize', scale=(-1, size)),
        dict(type='CenterCrop', crop_size=size),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs'),
    ]
