"""Draw the idea of the method: ``python docs/images/draw_idea.py`` writes ``idea.png`` beside it.

The frames are those of the demo's generated clips; nothing is downloaded.
"""

import sys
from pathlib import Path
from typing import List, Tuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from tev_mmaction.temporal import ClipPair, ClipSpec

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / 'tools' / 'data'))
from make_motion_clips import render  # noqa: E402  (of the tools, which are no package)

LENGTH, CLIP_LEN, SIZE = 24, 4, 72
P, Q = '#d62728', '#1f77b4'
ROWS: Tuple[Tuple[str, int, ClipPair], ...] = (
    ('video A', 0, ClipPair(ClipSpec(1, 1, 1, CLIP_LEN), ClipSpec(9, 3, 1, CLIP_LEN))),
    ('video B', 3, ClipPair(ClipSpec(4, 1, 1, CLIP_LEN), ClipSpec(12, 3, 1, CLIP_LEN))),
    ('video C', 5, ClipPair(ClipSpec(15, 2, -1, CLIP_LEN), ClipSpec(2, 1, 1, CLIP_LEN))),
)


def draw_clip(
    axes: Axes,
    frames: List[np.ndarray],
    clip: ClipSpec,
    left: float,
    top: float,
    colour: str,
    name: str,
) -> None:
    """The frames of a clip in order of playback, within a border of its colour."""
    for step, frame in enumerate(clip.frame_indices()):
        x = left + 1.05 * step
        axes.imshow(frames[frame], extent=(x, x + 1, top - 1, top), interpolation='bilinear')
    width = 1.05 * CLIP_LEN - 0.05
    border = Rectangle((left, top - 1), width, 1, fill=False, edgecolor=colour, linewidth=2.5)
    axes.add_patch(border)
    way = 'forwards' if clip.direction > 0 else 'backwards'
    text = f'{name}: speed {clip.speed}×, {way}'
    axes.text(left, top + 0.12, text, color=colour, fontsize=9, va='bottom')


def draw_timeline(axes: Axes, pair: ClipPair, left: float, right: float, y: float) -> None:
    """Where both clips lie in their video."""
    scale = (right - left) / LENGTH
    axes.plot([left, right], [y, y], color='0.6', linewidth=1)
    for clip, colour in zip(pair.clips, (P, Q)):
        start = left + scale * clip.start
        bar = Rectangle((start, y - 0.09), scale * clip.extent, 0.18, color=colour)
        axes.add_patch(bar)


def draw() -> Figure:
    """Three videos: A and B share a relative transformation, C has another one."""
    figure = Figure(figsize=(10.4, 5.45), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    tops = (7.2, 4.65, 2.1)
    for (name, label, pair), top in zip(ROWS, tops):
        frames = list(render(label, LENGTH, SIZE, np.random.default_rng(20 + label)))
        axes.text(0.1, top - 0.5, name, fontsize=11, weight='bold', va='center')
        draw_clip(axes, frames, pair.p, 1.5, top, P, 'p')
        draw_clip(axes, frames, pair.q, 6.1, top, Q, 'q')
        draw_timeline(axes, pair, 1.5, 10.25, top - 1.35)
        box = Rectangle((11.1, top - 0.95), 1.9, 0.9, facecolor='0.95', edgecolor='0.4')
        axes.add_patch(box)
        axes.text(12.05, top - 0.5, r'$\psi(f_p, f_q)$', fontsize=13, ha='center', va='center')
        arrow = FancyArrowPatch(
            (10.4, top - 0.5), (11.1, top - 0.5), arrowstyle='->', mutation_scale=12, color='0.4'
        )
        axes.add_patch(arrow)
        shift = f'shift Δ = {pair.relative.shift:+d} frames'
        axes.text(10.25, top - 1.5, shift, fontsize=8, color='0.3', ha='right', va='top')
    for upper, lower, colour, text in (
        (tops[0] - 0.95, tops[1] - 0.05, '#2ca02c', 'same relation ρ:\npull together'),
        (tops[1] - 0.95, tops[2] - 0.05, '#d62728', 'other relation:\npush apart'),
    ):
        style = '<->' if colour == '#2ca02c' else '|-|,widthA=0.3,widthB=0.3'
        axes.add_patch(
            FancyArrowPatch(
                (12.05, upper),
                (12.05, lower),
                arrowstyle=style,
                mutation_scale=14,
                color=colour,
                linewidth=2,
            )
        )
        axes.text(12.3, (upper + lower) / 2, text, color=colour, fontsize=9.5, va='center')
    axes.set(xlim=(0, 14.4), ylim=(0.2, 7.75), aspect='equal')
    axes.axis('off')
    return figure


if __name__ == '__main__':
    draw().savefig(HERE / 'idea.png')
