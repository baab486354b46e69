"""A config of another method, trained on videos in memory by a small network."""

import numpy as np
import torch
from mmaction.registry import MODELS, TASK_UTILS
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from torch import nn

from helpers import ROOT
from tev_mmaction.datasets.clip_loader import ClipLoader
from tev_mmaction.datasets.group_videos import Video
from tev_mmaction.datasets.readers import VideoReader
from tev_mmaction.datasets.seeds import Seeds

VIDEOS, FRAMES, SIDE, LENGTH, WIDTH = 8, 64, 16, 8, 16


class ArrayReader(VideoReader):
    """A video that is in memory."""

    fps = 0.0

    def _open(self, source):
        self.frames_in_memory = source

    def __len__(self):
        return len(self.frames_in_memory)

    @property
    def size(self):
        return self.frames_in_memory.shape[2:0:-1]

    def _frames(self, indices):
        yield from self.frames_in_memory[indices]

    def count_decodable(self):
        return len(self)


def video(number, ramp, pulse):
    """A bar that moves to the right, in front of a picture with a bright top and a red right side.

    So there are cues for rotations and places. ``ramp`` grey levels a frame tell early from late,
    and a pulse of ``pulse`` grey levels every eight frames, which rises at once and falls
    slowly, tells speeds and directions.
    """
    rng = np.random.default_rng(number)
    time = np.arange(FRAMES)[:, None, None]
    y, x = np.mgrid[:SIDE, :SIDE]
    grey = 70 - 4 * y + ramp * time + pulse * (1 - (time + rng.integers(8)) % 8 / 8)
    grey = grey + 60 * ((x - time - rng.integers(SIDE)) % SIDE < 3)
    grey = grey + rng.normal(0, 4, (FRAMES, SIDE, SIDE))
    colors = grey[..., None] * rng.uniform(0.6, 1, 3)
    colors[..., 0] += 4 * x
    return colors.clip(0, 255).astype(np.uint8)


def textured(number):
    """A texture of its own, which moves to the right: videos, and times of one, look different."""
    rng = np.random.default_rng(number)
    texture = rng.integers(0, 256, (4, 4, 3)).repeat(SIDE // 4, 0).repeat(SIDE // 4, 1)
    return np.stack([np.roll(texture, time, axis=1) for time in range(FRAMES)]).astype(np.uint8)


class TinyNet(nn.Sequential):
    """Two convolutions over space and time; ``changes`` adds what changes from frame to frame."""

    def __init__(self, changes):
        super().__init__(
            nn.Conv3d(6 if changes else 3, 8, (3, 4, 4), (1, 4, 4), (1, 0, 0)),
            nn.BatchNorm3d(8),
            nn.ReLU(),
            nn.Conv3d(8, WIDTH, 3, (2, 1, 1), 1),
            nn.BatchNorm3d(WIDTH),
            nn.ReLU(),
        )
        self.changes = changes

    def forward(self, clips):
        if self.changes:
            changes = 4 * clips.diff(dim=2, append=clips[:, :, -1:])
            clips = torch.cat([clips, changes], dim=1)
        return super().forward(clips)


def learn(name, steps, ramp=0, pulse=0, lr=0.01, textures=False, sampler=None, model=None):
    """Logs of a training by a config of ``configs/baselines``, one dict a step.

    What the config declares of heads, sampler and pipeline is kept, but for sizes, speeds that do
    not fit, and the jitter of colours. ``sampler`` and ``model`` are changes of these. Videos are
    of :func:`textured` or else of :func:`video`, whose changes the network is then shown, so that
    dozens of steps are enough for tasks of time.
    """
    cfg = Config.fromfile(ROOT / f'configs/baselines/{name}_r3d18_ucf101.py')
    data = cfg.train_dataloader.dataset
    sampler = TASK_UTILS.build({**data.clip_sampler, 'clip_len': LENGTH, **(sampler or {})})
    pipeline = [step for step in data.pipeline if step.type != 'ClipColorJitter']
    for step in pipeline:
        if 'size' in step:
            step.update(size=SIDE, area_range=(0.9, 1.0))
    loader = ClipLoader(sampler, Compose(pipeline), 'pyav', None)
    pictures = [textured(n) if textures else video(n, ramp, pulse) for n in range(VIDEOS)]
    videos = [
        Video(dict(filename=str(n), sample_idx=n), FRAMES, ArrayReader(frames, str(n)))
        for n, frames in enumerate(pictures)
    ]
    torch.manual_seed(0)
    backbone = dict(type=TinyNet, changes=not textures)
    tiny = dict(backbone=backbone, feature_dim=WIDTH, channels_last=False)
    model = MODELS.build({**cfg.model, **tiny, **(model or {})})
    optimizer = torch.optim.Adam(model.parameters(), lr)
    logs = []
    for step in range(steps):
        seeds = range(VIDEOS * step, VIDEOS * (step + 1))
        batch = [loader.load(each, None, Seeds(*[seed] * 3)) for each, seed in zip(videos, seeds)]
        inputs = model.data_preprocessor(pseudo_collate(batch), True)
        loss, values = model.parse_losses(model(**inputs, mode='loss'))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        logs.append({key: value.item() for key, value in values.items()})
    return logs
