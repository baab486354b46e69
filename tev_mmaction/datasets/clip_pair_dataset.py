"""Clips for self-supervised training; groups of videos share a relative transformation."""

from typing import Any, Callable, Dict, List, Optional, Sequence, Set, Union

import numpy as np
from mmaction.datasets import VideoDataset
from mmaction.registry import DATASETS, TASK_UTILS
from mmengine.logging import print_log

from tev_mmaction.storage import join, may_exist
from tev_mmaction.temporal import ClipSampler

from .caching import check_cache
from .clip_loader import ClipLoader
from .find_videos import find_videos
from .group_videos import GroupVideos, Video, VideoSource
from .picture_store import PictureStore
from .readers import VideoError, open_video, resolve_decoder
from .rooted import Rooted
from .seeds import Seeds, partner_seeds, seeds_of_group
from .shared_list import SharedList
from .video_index import (
    apply_index,
    check_length,
    check_same_videos,
    default_index_file,
    load_index,
    report_left_out,
)
from .video_list import check_reachable


@DATASETS.register_module()
class ClipPairDataset(SharedList, Rooted, VideoDataset):
    """Draws clips of videos, by default pairs; groups of ``group_size`` videos share ρ(p, q).

    The data loader passes the list of indices of a batch to ``__getitems__``. Consecutive indices
    form groups. For each group, the dataset opens the videos, draws a ρ that fits the shortest one,
    and places ρ in each video. Every video is read once, in ascending order, for both its clips.
    If the last videos of a short batch do not fill a group, they join the previous group.

    ``clip_sampler`` determines the clips and their labels. Other samplers than the default may
    draw any number of clips; their groups may share something else than ρ, or nothing.

    All draws are functions of ``seed`` and of the list of indices of the batch. So they do not
    depend on the number of workers, and a resumed run repeats them. They differ between epochs,
    because shuffled batches differ (batches of one video do not; a warning says so).

    A video that cannot be read is replaced by a random one in the same group, with the same ρ. If
    no other video is long enough, ρ is drawn again. The samples carry the names of skipped files
    and the reasons, see :class:`SkippedVideosHook`.

    With ``test_mode=True``, for evaluation, draws are functions of ``seed`` and only of the videos
    of a group. With ``group_size=1``, a video then always gives the same clips, for any batches
    and any number of processes. A video that cannot be read is an error, because figures on other
    videos are not comparable.

    Videos that the index rejects are left out, and :class:`SkippedVideosHook` counts them like
    broken videos; with ``test_mode=True``, they are an error, too.

    Args:
        clip_sampler (dict): A sampler of :mod:`tev_mmaction.temporal`, or your own, see
            :class:`ClipSampler`; ``type`` defaults to ``'RelativeTransformSampler'``.
        ann_file (str): MMAction2's video list, one ``path label`` or ``path`` per line. Empty: all
            videos below ``data_prefix['video']``. Defaults to ``''``.
        pipeline (Sequence[dict | Callable]): Transforms. They receive ``imgs`` (num_clips*clip_len
            frames, clip-major, uint8 RGB, decoded on demand: see :class:`LazyFrames`),
            ``num_clips``, ``clip_len``, ``group_rng`` (equal draws for all videos of a group),
            ``partner_seed`` (an int that videos of different groups share, see
            :func:`partner_seeds`), ``clip_labels`` (a dict of the sampler's labels, to read and to
            add to), ``backend_args`` of the dataset, ``frame_inds``, ``img_shape``,
            ``original_shape``, ``total_frames``, ``avg_fps`` (0.0 if unknown), and must end
            in ``PackActionInputs``.
        group_size (int): Number of videos G that share one ρ, ≥ 1. Defaults to 2.
        decoder (str): See :func:`resolve_decoder`. Defaults to ``'auto'``.
        index_file (str, optional): Index made by ``tools/data/index_videos.py``, under
            ``data_root``. None: the index beside the list or in the folder, if there is one.
            A :class:`PictureStore` beside it is used with ``'pyav'``. Defaults to None.
        seed (int): Varies the draws of temporal transformations and augmentation. Defaults to 0.
        backend_args (dict, optional): Arguments of mmengine's file backend. Defaults to None.
        **kwargs: Arguments of ``mmaction.datasets.VideoDataset``.

    Attributes:
        left_out (dict[str, str]): Reasons of the index for leaving out videos, by file name.
        short_lengths (list[int]): Lengths of the videos that are left out as too short.

    A sample has ``inputs``, uint8 (V, C, T, H, W) for V clips, and ``data_samples``, an
    ``ActionDataSample`` whose metainfo has ``sample_idx`` (the video's identity), ``filename``,
    ``clips`` (their specifications), ``skipped`` ((filename, reason) of the videos it replaces),
    and the labels of the sampler: ``relative_id``, ``swapped_id``, ``speeds`` (v_p, v_q),
    ``directions`` (d_p, d_q) and ``order`` for ρ, see :class:`ClipTargets`. If the pipeline shares
    crops or flips in a group, ``relative_id`` and ``swapped_id`` include them, see
    :func:`spatial_ids`.
    """

    under_root = ('ann_file', 'index_file')

    def __init__(
        self,
        clip_sampler: dict,
        ann_file: str = '',
        pipeline: Sequence[Union[dict, Callable]] = (),
        group_size: int = 2,
        decoder: str = 'auto',
        index_file: Optional[str] = None,
        seed: int = 0,
        backend_args: Optional[dict] = None,
        **kwargs,
    ):
        if group_size < 1:
            raise ValueError(f'group_size={group_size}: at least 1, and 2 or more for Eq. 1')
        self.clip_sampler: ClipSampler = TASK_UTILS.build(
            clip_sampler, default_args=dict(type='RelativeTransformSampler')
        )
        self.group_size = group_size
        self.decoder = resolve_decoder(decoder)
        self.index_file = index_file
        self.seed = seed
        self.backend_args = backend_args
        self.left_out: Dict[str, str] = {}
        self.short_lengths: List[int] = []
        self._pictures: Optional[PictureStore] = None
        super().__init__(ann_file, list(pipeline), **kwargs)

    def load_data_list(self) -> List[dict]:
        """Read the list, or scan the folder, and look each video up in the index."""
        prefix = self.data_prefix['video']
        videos = find_videos(self.ann_file, prefix, self.delimiter, self.backend_args)
        names = [join(prefix, path) for path, _ in videos]
        check_cache(names, prefix, self.ann_file, self.pipeline.transforms, self.backend_args)
        check_reachable(names, self.backend_args)
        self._metainfo['video_list'] = self.ann_file or prefix
        print_log(
            f'{len(videos)} videos from {self.ann_file or prefix}, read by {self.decoder}',
            logger='current',
        )
        return [dict(path=path, label=label) for path, label in videos]

    def get_data_info(self, idx: int) -> dict:
        """The entry of a video; its ``filename`` is made here, so that it takes no memory."""
        info = super().get_data_info(idx)
        return dict(info, filename=join(self.data_prefix['video'], info['path']))

    def filter_data(self) -> List[dict]:
        """Leave out videos that are broken or too short according to the index."""
        index_file = self.index_file
        if index_file and may_exist(index_file, self.backend_args) is False:
            raise FileNotFoundError(
                f'index_file={index_file!r} does not exist. Make it with '
                '`python tools/data/index_videos.py`, or leave the key out.'
            )
        if not index_file:
            index_file = default_index_file(self.ann_file, self.data_prefix['video'])
            if not may_exist(index_file, self.backend_args):
                return self.data_list
        index = load_index(index_file, self.backend_args)
        check_same_videos(index, [info['path'] for info in self.data_list], index_file)
        self._pictures = PictureStore.beside(index_file) if self.decoder == 'pyav' else None
        usable, rejected = apply_index(self.data_list, index, self.clip_sampler.min_frames)
        print_log(
            f'video index {index_file}: {len(usable)} usable, {len(rejected)} left out',
            logger='current',
        )
        if not rejected:
            return usable
        self.short_lengths = [index[path].num_frames for path in rejected if index[path].usable]
        prefix = self.data_prefix['video']
        left_out = {join(prefix, path): reason for path, reason in rejected.items()}
        report_left_out(left_out, len(usable), index_file, self.clip_sampler.min_frames)
        if self.test_mode:
            raise ValueError(
                f'{len(left_out)} of {len(self.data_list)} videos cannot be used according to the '
                f'video index {index_file!r}, and figures on the others are not comparable. List '
                'the usable ones: `python tools/data/index_videos.py --min-frames '
                f'{self.clip_sampler.min_frames}`'
            )
        self.left_out = left_out
        return usable

    def open_video(self, position: int) -> Video:
        """Determine the length of a video, from the index or otherwise from the file.

        Args:
            position: Position of the video in the dataset.

        Raises:
            VideoError: If the file cannot be read, or is too short to draw any of the clips from.
        """
        info = self.get_data_info(position)
        if 'num_frames' in info:
            return Video(info, info['num_frames'])
        reader = open_video(info['filename'], self.decoder, self.backend_args)
        check_length(info['filename'], len(reader), self.clip_sampler.min_frames)
        return Video(info, len(reader), reader)

    def __getitem__(self, idx: int) -> dict:
        """One video as a separate group; only for ``group_size`` 1."""
        if self.group_size == 1:
            return self.__getitems__([idx])[0]
        raise TypeError(
            f'ClipPairDataset makes groups of {self.group_size} videos and must be asked for whole '
            'batches (`__getitems__`), but was asked for one video. Wrappers such as '
            'RepeatDataset, ConcatDataset and ClassBalancedDataset do that: raise '
            'train_cfg.max_epochs instead of repeating, and join lists into one file instead of '
            'concatenating datasets. A data loader needs batch_size set.'
        )

    def __getitems__(self, indices: Sequence[int]) -> List[dict]:
        """The samples of one batch.

        Args:
            indices (Sequence[int]): Positions of the batch's videos.

        Returns:
            list[dict]: One sample per video, in the order of the indices.

        Raises:
            ValueError: If the batch is smaller than a group.
            VideoError: With ``test_mode``, if a video cannot be used.
        """
        if len(indices) < self.group_size:
            raise ValueError(
                f'a batch of {len(indices)} video(s) cannot hold a group of {self.group_size}: '
                'raise batch_size, or set drop_last=True in train_dataloader if it is the last one'
            )
        num_groups = len(indices) // self.group_size
        taken = set(indices)
        partners = [0] * len(indices)  # in tests, draws depend on no other group
        if not self.test_mode:  # a key that no group has
            rng = np.random.default_rng([self.seed, num_groups, *map(int, indices)])
            partners = partner_seeds(len(indices), self.group_size, rng)
        samples = []
        for number in range(num_groups):
            first = number * self.group_size
            last = first + self.group_size if number < num_groups - 1 else len(indices)
            # The key is the whole list: two videos soon occur together again, but the same batch
            # does not, unless a batch of a few videos is the whole dataset.
            key = [0, *indices[first:last]] if self.test_mode else [number, *indices]
            rng = np.random.default_rng([self.seed, *map(int, key)])
            seeds = seeds_of_group(rng, partners[first:last])
            samples += self._load_group(indices[first:last], taken, rng, seeds)
        return samples

    def _load_group(
        self,
        indices: Sequence[int],
        taken: Set[int],
        rng: np.random.Generator,
        seeds: Sequence[Seeds],
    ) -> List[dict]:
        """Load the videos of a group; replace those that fail."""
        source = VideoSource(
            self.open_video,
            num_videos=len(self),
            strict=self.test_mode,
            name=self._metainfo['video_list'],
            min_frames=self.clip_sampler.min_frames,
        )
        group = GroupVideos(source, indices, taken, rng)
        videos = [group.open(index) for index in indices]
        while True:
            shortest = min(video.num_frames for video in videos)
            shared = self.clip_sampler.sample(shortest, np.random.default_rng(seeds[0].group))
            samples = self._load_videos(group, videos, shared, seeds)
            if samples is not None:
                return samples

    def _load_videos(
        self, group: GroupVideos, videos: List[Video], shared: Any, seeds: Sequence[Seeds]
    ) -> Optional[List[dict]]:
        """The samples of a group; failing videos are replaced in the list.

        Returns:
            list[dict] | None: None if no replacement is long enough for the shared value, which
            must then be drawn again.
        """
        loader = ClipLoader(
            self.clip_sampler, self.pipeline, self.decoder, self.backend_args, self._pictures
        )
        samples: List[dict] = []
        while len(samples) < len(videos):
            position = len(samples)
            try:
                samples.append(loader.load(videos[position], shared, seeds[position]))
            except VideoError as error:
                required = self.clip_sampler.required_frames(shared)
                videos[position] = group.replace(videos[position], error, required)
                if videos[position].num_frames < required:
                    return None
        return samples
