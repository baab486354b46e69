"""Small things that several tests need."""

from pathlib import Path

import av
import numpy as np
from mmaction.registry import DATASETS

ROOT = Path(__file__).parents[1]


def color_of(frame_index: int):
    """Red tells the tens of a frame's number, green the ones; lossy coding cannot blur that.

    Blue counts the 120s, for which red has no room.
    """
    dozens, rest = divmod(frame_index, 120)
    return 20 + 20 * (rest // 10), 20 + 20 * (rest % 10), 128 + 100 * dozens


def frame_of(picture: np.ndarray) -> int:
    """Which frame, of up to 240, of a clip of :func:`write_clip` a picture (H, W, 3) shows."""
    red, green, blue = picture.reshape(-1, 3).mean(0)
    tens, ones = np.round((np.array([red, green]) - 20) / 20).astype(int)
    return int(10 * tens + ones + 120 * round((blue - 128) / 100))


def write_clip(
    path: Path,
    num_frames: int,
    size=(64, 48),
    codec='libx264',
    container_options=None,
    color=color_of,
    sound=None,
    **options,
) -> Path:
    """Encode a clip whose frames are told apart by their colour, with sound (n,) at 16 kHz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    width, height = size
    with av.open(str(path), 'w', options=dict(container_options or {})) as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = width, height
        stream.pix_fmt = 'yuvj420p' if codec == 'mjpeg' else 'yuv420p'
        stream.options = {'crf': '10', **options} if codec == 'libx264' else options
        voice = None if sound is None else container.add_stream('aac', rate=16000, layout='mono')
        for index in range(num_frames):
            frame = np.full((height, width, 3), color(index), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format='rgb24')))
        container.mux(stream.encode())
        if voice is not None:
            samples = av.AudioFrame.from_ndarray(
                np.asarray(sound, np.float32)[None], format='fltp', layout='mono'
            )
            samples.sample_rate, samples.pts = 16000, 0
            container.mux(voice.encode(samples))
            container.mux(voice.encode())
    return path


def dataset_cfg(folder, **changes) -> dict:
    """A ClipPairDataset of 8-frame clips at 32x32 on the clips of a folder."""
    cfg = dict(
        type='ClipPairDataset',
        data_root=str(folder),
        ann_file='train.txt',
        data_prefix=dict(video=''),
        clip_sampler=dict(clip_len=8, speeds=(1, 2, 4)),
        pipeline=[
            dict(type='ClipRandomResizedCrop', size=32),
            dict(type='ClipColorJitter'),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='PackActionInputs'),
        ],
    )
    cfg.update(changes)
    return cfg


def deferred_pipeline() -> list:
    """The pipeline of :func:`dataset_cfg`, but for colours, which it leaves to the model."""
    pipeline = dataset_cfg('')['pipeline']
    pipeline[1] = dict(type='ClipColorJitter', on_device=True)
    pipeline[-1] = dict(type='PackActionInputs', meta_keys=('color_map',))
    return pipeline


def model_cfg(**changes) -> dict:
    """A small recognizer with all five heads."""
    cfg = dict(
        type='TimeEquivariantRecognizer',
        backbone=dict(type='VideoResNet', depth=10, base_channels=4, stem_kernel=(3, 3, 3)),
        feature_dim=32,
        heads=dict(
            equivariance=dict(type='EquivarianceHead'),
            instance=dict(type='InstanceHead'),
            speed=dict(type='SpeedHead', speeds=(1, 2, 4)),
            direction=dict(type='DirectionHead'),
            order=dict(type='OrderHead'),
        ),
        data_preprocessor=dict(
            type='ActionDataPreprocessor',
            mean=[123.675, 116.28, 103.53],
            std=[58.395, 57.12, 57.375],
            format_shape='NCTHW',
        ),
    )
    cfg.update(changes)
    return cfg


def build_dataset(folder, **changes):
    """The dataset of :func:`dataset_cfg`."""
    return DATASETS.build(dataset_cfg(folder, **changes))


def clip_results(num_clips=2, clip_len=3, size=(40, 60), seed=0):
    """Every frame is the same random picture, so that equal draws give equal frames."""
    picture = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    return dict(imgs=[picture] * (num_clips * clip_len), num_clips=num_clips, clip_len=clip_len)


def halves(results):
    """The frames of either clip of two."""
    frames = np.asarray(results['imgs'])
    return frames[: len(frames) // 2], frames[len(frames) // 2 :]


def metainfos(samples):
    return [sample['data_samples'].metainfo for sample in samples]
