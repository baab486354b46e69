"""The scene of a labelled video, from a list."""

from typing import Dict, Optional

from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..labelled_list import read_labelled


@TRANSFORMS.register_module()
class SceneLabel(BaseTransform):
    """Looks up the scene of a video, for :class:`DebiasedHead`.

    Args:
        scenes (str): List of ``path scene`` lines, with the paths of the list of videos and scenes
            from 0, for example the classes that a network trained on Places365 gives to them.
        backend_args (dict, optional): Arguments of mmengine's file backend. Defaults to None.

    Required key: ``path`` of :class:`LabelledVideoDataset`. Added key: ``scene`` (int); name it in
    ``PackActionInputs(meta_keys=...)``.

    Raises:
        FileNotFoundError, ValueError: If the list cannot be used, see :func:`read_labelled`.
        ValueError: If it lacks a video.
    """

    def __init__(self, scenes: str, backend_args: Optional[dict] = None):
        self.scenes = scenes
        self.backend_args = backend_args
        listed = read_labelled(scenes, '', backend_args=backend_args)
        self._of_path = {info['path']: info['label'] for info in listed}

    def transform(self, results: Dict) -> Dict:
        """Add ``scene``."""
        path = results['path']
        if path not in self._of_path:
            raise ValueError(
                f'The list of scenes {self.scenes!r} has no line for {path!r}: give every video of '
                'the training a line `path scene`'
            )
        results['scene'] = self._of_path[path]
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(scenes={self.scenes!r})'
