"""Made-up features, in a folder as tev-embed writes it."""

import numpy as np

from apis.fake_embedder import FakeEmbedder
from tev_mmaction.apis import PlacedWindows, WindowFeatures, WindowGrid, embed_to_folder

NAMES = ['a.mp4', 'sub/b c.mp4', 'sub/d.mp4']


class Stored(FakeEmbedder):
    """Gives the features that it is made with, without reading a video."""

    def __init__(self, features):
        super().__init__()
        self.features = features

    def embed_windows_each(self, names, grid, keep, note):
        for position, features in enumerate(self.features):
            count = len(features)
            starts = np.arange(count, dtype=np.int64)
            yield position, WindowFeatures(features, PlacedWindows(starts, 40, 50, 25.0))


def store(folder, features, form='npz', names=NAMES, grid=None, keep='time'):
    videos = [(name, f'/none/{name}', 0) for name in names]
    embed_to_folder(Stored(features), videos, str(folder), grid or WindowGrid(), keep, form)
    return str(folder)
