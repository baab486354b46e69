"""Labelled videos for supervised training and its tests."""

from typing import Callable, List, Optional, Sequence, Union

from mmaction.datasets import VideoDataset
from mmaction.datasets.transforms import PackActionInputs
from mmaction.registry import DATASETS
from mmengine.logging import print_log

from .caching import check_cache
from .labelled_list import read_classes, read_labelled
from .rooted import Rooted
from .shared_list import SharedList
from .video_list import check_reachable

# Keys that show whether a video is shorter than a clip; the dataset packs them.
PACKED = ('filename', 'total_frames', 'clip_len', 'frame_interval', 'num_clips')


@DATASETS.register_module()
class LabelledVideoDataset(SharedList, Rooted, VideoDataset):
    """MMAction2's ``VideoDataset`` with one label per video and a checked list.

    The list is checked when the dataset is built, with the same messages as in
    :class:`GalleryQueryDataset`. Names may contain spaces. In training, a list may name a video
    several times to use it more often. With :class:`LabelsHook`, labels are compared with the
    classes of the model, and :class:`ShortVideosHook` counts videos that are shorter than a clip.

    Args:
        ann_file (str): List of videos, one ``path label`` per line, labels from 0.
        pipeline (Sequence[dict | Callable]): Transforms.
        class_file (str): File under ``data_root`` with the class names, one per line, in the order
            of labels; empty: unknown. Defaults to ``''``.
        backend_args (dict, optional): Arguments of mmengine's file backend. Defaults to None.
        **kwargs: Arguments of ``mmaction.datasets.VideoDataset``.

    Raises:
        FileNotFoundError: If the list, the class names, or all of the first videos are missing.
        ValueError: If the list is empty; if a video has no label, several labels or a label
            outside the classes, or is listed twice with ``test_mode``; for ``multi_class``.
    """

    under_root = ('ann_file', 'class_file')

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[Union[dict, Callable]],
        class_file: str = '',
        backend_args: Optional[dict] = None,
        **kwargs,
    ):
        if kwargs.get('multi_class', False):
            raise ValueError(
                'LabelledVideoDataset has one label a video: use VideoDataset with multi_class=True'
            )
        self.class_file = class_file
        self.backend_args = backend_args
        super().__init__(ann_file, list(pipeline), **kwargs)
        for transform in self.pipeline.transforms[-1:]:
            if isinstance(transform, PackActionInputs):
                transform.meta_keys = tuple(dict.fromkeys((*transform.meta_keys, *PACKED)))

    def load_data_list(self) -> List[dict]:
        """Read the list and check it."""
        classes = read_classes(self.class_file, self.backend_args)
        prefix = self.data_prefix['video']
        data_list = read_labelled(
            self.ann_file,
            prefix,
            self.delimiter,
            self.backend_args,
            classes,
            repeats=not self.test_mode,
        )
        names = [info['filename'] for info in data_list]
        check_cache(names, prefix, self.ann_file, self.pipeline.transforms, self.backend_args)
        check_reachable(names, self.backend_args)
        if classes:
            self._metainfo['classes'] = classes
        print_log(f'{len(data_list)} labelled videos from {self.ann_file}', logger='current')
        return data_list
