"""Training and test videos in one dataset, so that one test loop extracts the features of both."""

from posixpath import normpath
from typing import Any, Callable, Dict, List, Optional, Sequence, Union

from mmaction.datasets import VideoDataset
from mmaction.datasets.transforms import PackActionInputs
from mmaction.registry import DATASETS
from mmengine.logging import print_log

from .caching import check_cache
from .identity import second_names
from .labelled_list import read_classes, read_labelled
from .rooted import Rooted
from .shared_list import SharedList
from .source_groups import groups_by_name, groups_of
from .video_list import check_reachable

# Keys that identify samples and are checked against protocols; the dataset packs them.
PACKED = (
    'sample_idx',
    'filename',
    'subset',
    'group',
    'num_clips',
    'frame_interval',
    'clip_len',
    'total_frames',
)
# Dimension of (V, C, T, H, W) that is reversed.
_OPPOSITES = dict(reversed=2, mirrored=4)
_RANDOM = ('Random', 'MultiScaleCrop', 'Flip', 'ColorJitter', 'AugMix', 'RandAugment', 'Imgaug')


@DATASETS.register_module()
class GalleryQueryDataset(SharedList, Rooted, VideoDataset):
    """The labelled videos of a gallery (training list), followed by queries (test list).

    For :class:`RetrievalMetric` and :class:`LinearProbeMetric`. The lists are checked when the
    dataset is built, before any feature is computed. Every item has MMAction2's
    ``filename`` and ``label``, and ``subset``, ``'gallery'`` or ``'query'``. Gallery items have a
    ``group``, the source that they share with others, if it is known: from ``group_file``, or from
    the names of UCF101, HMDB51 and JHMDB.

    Args:
        gallery_ann_file (str): List of training videos, one ``path label`` per line.
        ann_file (str): List of test videos.
        pipeline (Sequence[dict | Callable]): Transforms without randomness, ending in
            ``PackActionInputs``. Keys that identify a sample are packed automatically.
        data_prefix (dict): ``video``, the folder of the videos, and ``gallery`` for the folder of
            the gallery if it differs. Defaults to ``dict(video='')``.
        backend_args (dict, optional): Arguments of mmengine's file backend. Defaults to None.
        class_file (str): File under ``data_root`` with the class names, one per line, in the order
            of labels; empty: unknown. Defaults to ``''``.
        group_file (str): CSV file under ``data_root`` with the columns ``path`` and ``group`` of
            all gallery videos, see :func:`read_groups`; empty: from names, if these have groups.
            Defaults to ``''``.
        opposite (str): ``'reversed'`` or ``'mirrored'``: every video is there a second time, with
            the frames of each clip played backwards, or with left and right exchanged. The second
            half of the classes are the opposites of the first, such as ``'jump, reversed'``, and
            their pairs are the metainfo ``opposites``, for :class:`ChiralityMetric`. Defaults to
            ``''``: no opposites.
        **kwargs: Arguments of ``mmaction.datasets.VideoDataset``.

    Raises:
        FileNotFoundError: If a list, the class names, the groups, or all of the first videos are
            missing.
        ValueError: For another ``opposite``; if a list is empty; if a video has no label, several
            labels or a label outside the classes, or is listed twice or in both lists; if the
            groups lack a column or a video; if a transform is random.
    """

    under_root = ('ann_file', 'gallery_ann_file', 'class_file', 'group_file')

    def __init__(
        self,
        gallery_ann_file: str,
        ann_file: str,
        pipeline: Sequence[Union[dict, Callable]],
        data_prefix: dict = dict(video=''),
        backend_args: Optional[dict] = None,
        class_file: str = '',
        group_file: str = '',
        opposite: str = '',
        **kwargs,
    ):
        if opposite not in ('', *_OPPOSITES):
            raise ValueError(f"opposite={opposite!r}: give 'reversed', 'mirrored' or ''")
        self.opposite = opposite
        self.gallery_ann_file = gallery_ann_file
        self.group_file = group_file
        self.class_file = class_file
        self.backend_args = backend_args
        if not kwargs.pop('test_mode', True) or kwargs.pop('multi_class', False):
            raise ValueError('GalleryQueryDataset is for testing, with one label a video')
        super().__init__(
            ann_file,
            list(pipeline),
            data_prefix=data_prefix,
            test_mode=True,
            **kwargs,
        )
        self._prepare_pipeline()

    def _prepare_pipeline(self) -> None:
        """Refuse random transforms, and pack the keys that identify samples."""
        for transform in self.pipeline.transforms:
            name = type(transform).__name__
            chance = getattr(transform, 'flip_ratio', None) != 0 and any(n in name for n in _RANDOM)
            if chance or getattr(transform, 'test_mode', True) is False:
                raise ValueError(
                    f'{name} draws at random, features would differ from run to run: use '
                    'SampleFrames(test_mode=True), CenterCrop, ThreeCrop or TenCrop'
                )
        pack = self.pipeline.transforms[-1]
        if not isinstance(pack, PackActionInputs):
            raise ValueError('the pipeline of a GalleryQueryDataset must end in PackActionInputs')
        pack.meta_keys = tuple(dict.fromkeys((*pack.meta_keys, *PACKED)))

    def load_data_list(self) -> List[dict]:
        """Read both lists and check them against each other."""
        classes = read_classes(self.class_file, self.backend_args)
        folder = self.data_prefix['video']
        parts = (
            ('gallery', self.gallery_ann_file, self.data_prefix.get('gallery', folder)),
            ('query', self.ann_file, folder),
        )
        data_list = []
        meta: Dict[str, Any] = dict(gallery_list=self.gallery_ann_file, query_list=self.ann_file)
        if classes:
            meta['classes'] = classes
        for subset, ann_file, prefix in parts:
            videos = read_labelled(ann_file, prefix, self.delimiter, self.backend_args, classes)
            names = [info['filename'] for info in videos]
            if subset == 'gallery':
                self._add_groups(videos, names, prefix)
            data_list += [dict(info, subset=subset) for info in videos]
            check_cache(names, prefix, ann_file, self.pipeline.transforms, self.backend_args)
            key = subset if subset in self.data_prefix else 'video'
            check_reachable(names, self.backend_args, f'data_prefix.{key}')
            meta[f'num_{subset}'] = len(videos)
        self._check_once_each(data_list)
        if self.opposite:
            data_list = self._with_opposites(data_list, meta)
        self._metainfo.update(meta)
        print_log(
            f'{meta["num_gallery"]} gallery videos from {self.gallery_ann_file}, '
            f'{meta["num_query"]} query videos from {self.ann_file}',
            logger='current',
        )
        return data_list

    def _add_groups(self, videos: List[dict], names: List[str], prefix: str) -> None:
        """Add the groups to the gallery videos, if they are known."""
        if self.group_file:
            groups = groups_of(names, self.group_file, prefix, self.backend_args)
        else:
            groups = groups_by_name(names) or []
        for info, group in zip(videos, groups):
            info['group'] = group
        if groups:
            print_log(
                f'{len(set(groups))} groups of gallery videos, from '
                f'{self.group_file or "the names of their files"}',
                logger='current',
            )

    def _with_opposites(self, data_list: List[dict], meta: Dict[str, Any]) -> List[dict]:
        """Every video, and behind it its opposite, with a class of its own."""
        count = 1 + max(info['label'] for info in data_list)
        names = meta.get('classes') or [f'class {label}' for label in range(count)]
        meta['classes'] = [*names, *(f'{name}, {self.opposite}' for name in names)]
        known, asked = (
            {info['label'] for info in data_list if info['subset'] == subset}
            for subset in ('gallery', 'query')
        )
        meta['opposites'] = [
            (names[label], f'{names[label]}, {self.opposite}') for label in sorted(known & asked)
        ]
        for subset in ('gallery', 'query'):
            meta[f'num_{subset}'] *= 2
        return [
            dict(info, label=info['label'] + second * len(names), opposite=bool(second))
            for info in data_list
            for second in (0, 1)
        ]

    def prepare_data(self, idx: int) -> Dict[str, Any]:
        """A sample; that of an opposite has its own name, too."""
        packed = super().prepare_data(idx)
        if self.opposite and self.get_data_info(idx)['opposite']:
            clips, sample = packed['inputs'], packed['data_samples']
            if clips.ndim != 5:
                raise ValueError(
                    f'opposite={self.opposite!r} needs clips, as FormatShape(input_format='
                    f"'NCTHW') makes them, not inputs of shape {tuple(clips.shape)}"
                )
            packed['inputs'] = clips.flip(_OPPOSITES[self.opposite])
            sample.set_metainfo(dict(filename=f'{sample.filename} ({self.opposite})'))
        return packed

    def _check_once_each(self, data_list: List[dict]) -> None:
        """Raise if a file is listed several times, under any names."""
        lists = dict(gallery=self.gallery_ann_file, query=self.ann_file)
        seconds = second_names([info['filename'] for info in data_list], self.backend_args)
        for second, first in seconds.items():
            found, before = data_list[second], data_list[first]
            name, other = found['filename'], before['filename']
            alias = '' if normpath(name) == normpath(other) else f' as {other!r}, the same file,'
            here, there = lists[found['subset']], lists[before['subset']]
            if found['subset'] == before['subset']:
                raise ValueError(
                    f'{name!r} is{alias or " twice"} in {here!r} already: a video would be two. '
                    'Remove one of the lines.'
                )
            raise ValueError(
                f'{name!r} is{alias} in {there!r} and in {here!r}: as a query it would find itself '
                'in the gallery. Remove it from one list.'
            )
