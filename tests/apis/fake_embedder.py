"""An embedder of files that are no videos: what an index does needs no network."""

from pathlib import Path

import numpy as np

from tev_mmaction.apis.recipe import Recipe
from tev_mmaction.datasets.readers import VideoError
from tev_mmaction.evaluation import EvaluationProtocol

VIEWS = dict(
    name='embedding', split='', clip_len=8, frame_interval=4, num_clips=2, crops='center', size=32
)


class FakeEmbedder:
    """The content of a file is its feature, as numbers; anything else is broken."""

    def __init__(self, fingerprint='0123456789ab', backbone=None, **changes):
        self.fingerprint = fingerprint
        self.protocol = EvaluationProtocol(**{**VIEWS, **changes})
        self.recipe = Recipe(backbone or dict(type='C3D', stride=(1, 2)), False, {}, {})
        self.checkpoint = '/nowhere/epoch_1.pth'
        self.tried = []
        self.short_videos = {}
        self.stop_at = None  # raise KeyboardInterrupt instead of the n-th feature

    def embed_each(self, paths):
        for path in paths:
            if len(self.tried) == self.stop_at:
                raise KeyboardInterrupt
            self.tried.append(Path(path).name)
            try:
                yield np.array(Path(path).read_text().split(), np.float32)
            except OSError:
                yield VideoError(path, 'does not exist')
            except ValueError:
                yield VideoError(path, 'is broken')


def write(folder, **files):
    """Files ``name.mp4`` of the given contents."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f'{name}.mp4').write_text(content)
