"""Colour jitter of one pair, 2 clips of 16 frames at 112x112: ours beside stock ``ColorJitter``.

    python tools/benchmarks/colour_jitter.py

Both jitter every clip, none is made grey. The first row is the transform alone, on the CPU; the
second what jitter adds to packing and preprocessing as the configs have them, which leave it to
the device of the model: here, a CPU. The last row is how far the affine map is from torchvision's
sequence of operations (float images, clipped after each operation, contrast about the mean of each
frame, hue in HSV) with the same draws, in grey levels of [0, 255].
"""

import math
import statistics
from typing import Callable, Dict, List, Sequence

import cv2
import measuring
import numpy as np
import video_sets
from measuring import Goal, Row, Spread
from mmaction.registry import TRANSFORMS
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from stock import COLOUR_JITTER, CONFIGS, our_preprocessor

NAME = 'colour jitter'
STOCK = 'stock ColorJitter'
_CLIPS, _LENGTH, _SIZE = 2, 16, 112
_LUMA = np.array([0.2989, 0.587, 0.114], np.float32)
_STRENGTHS = ('brightness', 'contrast', 'saturation', 'hue')


def config_pipeline() -> List[dict]:
    """The colour jitter of the configs, on every clip and without grey, and what follows it."""
    pipeline = Config.fromfile(CONFIGS / '_base_/datasets/clip_pairs.py').train_pipeline
    (first,) = [i for i, step in enumerate(pipeline) if step['type'] == 'ClipColorJitter']
    pipeline[first].update(probability=1.0, grayscale=0.0)
    return [dict(step) for step in pipeline[first:]]


def torchvision_sequence(clip: np.ndarray, draws: Sequence[tuple]) -> np.ndarray:
    """What torchvision's operations make of a clip.

    Args:
        clip (np.ndarray): Shape (T, H, W, 3), uint8, RGB.
        draws (Sequence[tuple[str, float]]): Operations with their amounts, in order.

    Returns:
        np.ndarray: Shape (T, H, W, 3), float32 within [0, 255].
    """
    frames = clip.astype(np.float32) / 255
    for name, amount in draws:
        if name == 'brightness':
            frames = frames * amount
        elif name == 'contrast':
            means = (frames @ _LUMA).mean(axis=(1, 2))[:, None, None, None]
            frames = amount * frames + (1 - amount) * means
        elif name == 'saturation':
            frames = amount * frames + (1 - amount) * (frames @ _LUMA)[..., None]
        else:
            hsv = np.stack([cv2.cvtColor(f, cv2.COLOR_RGB2HSV) for f in np.float32(frames)])
            hsv[..., 0] = (hsv[..., 0] + 360 * amount) % 360
            frames = np.stack([cv2.cvtColor(f, cv2.COLOR_HSV2RGB) for f in hsv])
        frames = np.clip(frames, 0, 1).astype(np.float32)
    return 255 * frames


def deviation(clips: np.ndarray, strengths: Dict[str, float], trials: int) -> List[float]:
    """Mean and 95th percentile of the difference from torchvision's sequence, in grey levels.

    Args:
        clips (np.ndarray): Frames of one clip (T, H, W, 3).
        strengths (dict[str, float]): Of the four operations.
        trials (int): Draws to average over.
    """
    jitter = TRANSFORMS.build(
        dict(type='ClipColorJitter', **strengths, probability=1.0, grayscale=0.0)
    )
    differences = []
    for seed in range(trials):
        np.random.seed(seed)
        ours = jitter(dict(imgs=clips.copy(), num_clips=1, clip_len=len(clips)))['imgs']
        again = np.random.RandomState(seed)  # the same draws: whether at all, amounts, order
        again.random_sample()
        amounts = [strengths[name] * again.uniform(-1, 1) for name in _STRENGTHS]
        drawn = list(zip(_STRENGTHS, [1 + a for a in amounts[:3]] + amounts[3:]))
        draws = [drawn[index] for index in again.permutation(4)]
        differences.append(np.abs(ours - torchvision_sequence(clips, draws)))
    return [float(np.mean(differences)), float(np.percentile(differences, 95))]


def deviation_row(clip: np.ndarray, strengths: Dict[str, float], trials: int) -> Row:
    """The row of the tolerance.

    Raises:
        AssertionError: If even small changes of colour, which clip nothing, differ.
    """
    mild = np.clip(clip, 96, 160)
    small = deviation(mild, dict.fromkeys(_STRENGTHS[:3], 0.1) | dict(hue=0.0), 5)
    if small[0] > 1:
        raise AssertionError(
            f'{NAME}: {small[0]:.1f} grey levels from the sequence where nothing is clipped: '
            'it makes other draws than this benchmark takes it to make, or it is wrong'
        )
    mean, high = deviation(clip, strengths, trials)
    case = f'strengths of the configs, {trials} draws; without hue and clipping {small[0]:.2f}'
    return Row(
        NAME,
        case,
        'grey levels from torchvision (mean)',
        Spread.of([mean]),
        figure=Spread.of([high]),
        figure_of='95th percentile',
        verdict='tolerance, stated',
        repeats=trials,
    )


def sides(frames: np.ndarray) -> Dict[str, Callable]:
    """What is timed, by name."""
    stock = TRANSFORMS.build(COLOUR_JITTER)
    steps = config_pipeline()
    names = (*_STRENGTHS, 'probability', 'grayscale')
    ours = TRANSFORMS.build(
        dict(type='ClipColorJitter', **{k: v for k, v in steps[0].items() if k in names})
    )
    with_jitter, without = Compose(steps), Compose(steps[1:])
    preprocessor = our_preprocessor()

    def results() -> dict:
        # Transforms may write into the frames; what a jitter costs does not depend on them.
        return dict(
            imgs=frames,
            num_clips=_CLIPS,
            clip_len=_LENGTH,
            img_shape=frames.shape[1:3],
            modality='RGB',
        )

    def whole(pipeline: Compose) -> None:
        preprocessor(pseudo_collate([pipeline(results())]), training=True)

    def stock_clips() -> None:
        for clip in results()['imgs'].reshape(_CLIPS, _LENGTH, *frames.shape[1:]):
            stock(dict(imgs=list(clip)))

    return {
        STOCK: stock_clips,
        'ours': lambda: ours(results()),
        'with': lambda: whole(with_jitter),
        'without': lambda: whole(without),
    }


def added_row(times: Dict[str, List[float]], goal: Goal, scale: float) -> Row:
    """What the jitter adds; nothing that can be measured where the ratio's range is unbounded."""
    added = [scale * (a - b) for a, b in zip(times['with'], times['without'])]
    stock = Spread.of([scale * value for value in times[STOCK]])
    middle = scale * (statistics.median(times['with']) - statistics.median(times['without']))
    ratios = [stock.median / a if a > 0 else math.inf for a in (middle, min(added), max(added))]
    return Row(
        NAME,
        'added to packing and preprocessing',
        'ms',
        Spread(middle, min(added), max(added)),
        stock,
        STOCK,
        Spread(ratios[0], ratios[2], ratios[1]),
        f'{STOCK} / ours',
        str(goal),
        goal.verdict(ratios[0]),
        len(added),
    )


def main(argv=None) -> List[Row]:
    """Measure and print."""
    parser = measuring.parser(__doc__)
    parser.add_argument('--calls', type=int, default=50, help='pairs a repeat')
    parser.add_argument('--trials', type=int, default=50, help='draws for the tolerance')
    args = parser.parse_args(argv)
    measuring.prepare()
    scene = video_sets.scene(_SIZE, _SIZE, _CLIPS * _LENGTH, np.random.default_rng(0))
    frames = np.stack(list(scene))
    strengths = {name: config_pipeline()[0][name] for name in _STRENGTHS}
    tolerance = deviation_row(frames[:_LENGTH].copy(), strengths, args.trials)
    np.random.seed(0)
    contestants = {
        name: lambda run=run: [run() for _ in range(args.calls)]
        for name, run in sides(frames).items()
    }
    times = measuring.interleaved(contestants, args.repeats)
    goal = Goal('>=', 10)
    scale = 1000 / args.calls
    rows = [
        measuring.compare(NAME, 'transform alone', times, 'ours', STOCK, goal, scale=scale),
        added_row(times, goal, scale),
        tolerance,
    ]
    measuring.report(rows, args.out)
    return rows


if __name__ == '__main__':
    main()
