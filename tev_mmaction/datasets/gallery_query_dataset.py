"""Training and test videos in one dataset, so that one test loop extracts the features of both."""

from typing import Callable, List, Optional, Sequence, Union

from mmaction.datasets import VideoDataset
from mmaction.registry import DATASETS
from mmengine.fileio import join_path, list_from_file
from mmengine.logging import print_log
from mmengine.utils import is_abs

from .video_list import check_reachable, join, read_list


@DATASETS.register_module()
class GalleryQueryDataset(VideoDataset):
    """The labelled videos of a gallery (training list), followed by queries (test list).

    Made for :class:`RetrievalMetric` and :class:`LinearProbeMetric`. What is wrong with the lists
    is said when the dataset is built, before any feature is computed. Every item has
    MMAction2's ``filename`` and ``label``, and ``subset``, ``'gallery'`` or ``'query'``.

    Args:
        gallery_ann_file (str): List of training videos, ``path label`` a line.
        ann_file (str): List of test videos.
        pipeline (Sequence[dict | Callable]): Transforms; they end in ``PackActionInputs`` with
            ``meta_keys`` of ``tev_mmaction.evaluation.META_KEYS``.
        data_prefix (dict): ``video``, the folder of the videos, and ``gallery`` for those of
            the gallery where it is another. Defaults to ``dict(video='')``.
        backend_args (dict, optional): Arguments of mmengine's file backend. Defaults to None.
        class_file (str): File under ``data_root`` with the class names, one a line, in the order of
            labels; empty: they are not known. Defaults to ``''``.
        **kwargs: Arguments of ``mmaction.datasets.VideoDataset``.

    Raises:
        FileNotFoundError: If a list, the class names, or all of the first videos are missing.
        ValueError: For an empty list, a video without label or with a label outside the classes, or
            one that is listed twice or in both lists.
    """

    def __init__(
        self,
        gallery_ann_file: str,
        ann_file: str,
        pipeline: Sequence[Union[dict, Callable]],
        data_prefix: dict = dict(video=''),
        backend_args: Optional[dict] = None,
        class_file: str = '',
        **kwargs,
    ):
        self.gallery_ann_file = gallery_ann_file
        self.class_file = class_file
        self.backend_args = backend_args
        super().__init__(
            ann_file,
            list(pipeline),
            data_prefix=data_prefix,
            test_mode=True,
            **kwargs,
        )

    def _join_prefix(self) -> None:
        """Put ``data_root`` before the files that mmengine does not know of, too."""
        super()._join_prefix()
        for name in ('gallery_ann_file', 'class_file'):
            path = getattr(self, name)
            if path and self.data_root and not is_abs(path):
                setattr(self, name, join_path(self.data_root, path))

    def load_data_list(self) -> List[dict]:
        """Read both lists and check them against each other."""
        classes = self._read_classes()
        folder = self.data_prefix['video']
        parts = (
            ('gallery', self.gallery_ann_file, self.data_prefix.get('gallery', folder)),
            ('query', self.ann_file, folder),
        )
        data_list, meta = [], dict(classes=classes) if classes else {}
        listed_in = {}
        for subset, ann_file, prefix in parts:
            videos = read_list(ann_file, self.delimiter, self.backend_args)
            for path, label in videos:
                filename = join(prefix, path)
                if label < 0 or (classes and label >= len(classes)):
                    raise ValueError(
                        f'{ann_file!r} gives {path!r} '
                        + ('no label' if label < 0 else f'the label {label}')
                        + (f'; labels are 0 to {len(classes) - 1}' if classes else '')
                        + '. Lines should read `path label`, with labels from 0.'
                    )
                if filename in listed_in:
                    raise ValueError(
                        f'{filename!r} is in {listed_in[filename]!r} and in {ann_file!r}: as a '
                        'query it would find itself in the gallery. Remove it from one list.'
                    )
                listed_in[filename] = ann_file
                data_list.append(dict(filename=filename, label=label, subset=subset))
            check_reachable(
                [info['filename'] for info in data_list[-len(videos) :]], self.backend_args
            )
            meta[f'num_{subset}'] = len(videos)
        self._metainfo.update(meta)
        print_log(
            f'{meta["num_gallery"]} gallery videos from {self.gallery_ann_file}, '
            f'{meta["num_query"]} query videos from {self.ann_file}',
            logger='current',
        )
        return data_list

    def _read_classes(self) -> List[str]:
        if not self.class_file:
            return []
        try:
            lines = list_from_file(self.class_file, backend_args=self.backend_args)
        except Exception as error:  # each backend has errors of its own
            raise FileNotFoundError(
                f'The class names {self.class_file!r} (config key class_file of the dataset, under '
                "data_root) cannot be read. `python tools/data/make_lists.py` writes them; '' "
                'does without.'
            ) from error
        return [line.strip() for line in lines if line.strip()]
