"""What is said in the clips of the motion benchmark, as if somebody narrated them.

A clip has two or three sentences of its motion in different words, and often one that is wrong or
says nothing. They are said up to three seconds too early or too late. So it is uncertain which
sentence is about a clip, as in narrated videos.
"""

from typing import List, NamedTuple

import numpy as np
from motion_benchmark import CLASSES, Subject

_SENSES = dict(
    right=('to the right', 'rightwards'),
    left=('to the left', 'leftwards'),
    up=('upwards', 'to the top'),
    down=('downwards', 'to the bottom'),
    clockwise=('clockwise', 'as a clock does'),
    counterclockwise=('counterclockwise', 'anticlockwise'),
)
_VERBS = dict(
    travel=('moves {}', 'travels {}', 'glides {}', 'is going {}'),
    hop=('hops {}', 'jumps {}', 'leaps {} again and again'),
    spin=('spins {}', 'turns {} on the spot', 'rotates {} in its place'),
    orbit=('circles {}', 'goes round {} in a ring', 'orbits {}'),
)
_SWINGS = {
    'swing-horizontal': ('swings from side to side', 'sways left and right', 'swings to and fro'),
    'swing-vertical': ('swings up and down', 'bobs up and down', 'bounces up and down'),
}
_NOUNS = ('thing', 'blob', 'shape', 'patch')
_BRIGHT, _DARK = ('bright', 'light', 'pale'), ('dark', 'dim', 'dull')
_STILL = ('', ' over a still background', ' while all else stands still')
_DRIFTING = (' over a drifting background', ' while the background slides away')
_IDLE = ('as you can see', 'now look at this one', 'and here we have another')
_MOST_OFF = 3.0  # seconds


class Spoken(NamedTuple):
    """A sentence and its time.

    Args:
        start (float): In seconds, ≥ 0.
        end (float): In seconds.
        text (str): The sentence.
    """

    start: float
    end: float
    text: str


def describe(name: str, subject: Subject, drifts: bool, rng: np.random.Generator) -> str:
    """A sentence of a clip, in words that are drawn.

    Args:
        name (str): Its class, one of ``CLASSES``.
        subject (Subject): Who performs it.
        drifts (bool): Whether the background does.
        rng (np.random.Generator): Draws the words.
    """
    kind, _, sense = name.partition('-')
    if kind == 'swing':
        motion = rng.choice(_SWINGS[name])
    else:
        motion = rng.choice(_VERBS[kind]).format(rng.choice(_SENSES[sense]))
    bright = subject.sprite.colours.mean() > subject.background.colours.mean()
    adjective = rng.choice(_BRIGHT if bright else _DARK)
    background = rng.choice(_DRIFTING if drifts else _STILL)
    return f'the {adjective} {rng.choice(_NOUNS)} {motion}{background}'


def narrate(
    label: int, subject: Subject, drifts: bool, seconds: float, rng: np.random.Generator
) -> List[Spoken]:
    """The sentences of a clip, by start.

    Args:
        label (int): Number of its class.
        subject (Subject): Who performs it.
        drifts (bool): Whether the background does.
        seconds (float): Duration of the clip.
        rng (np.random.Generator): Draws words and times.
    """
    number = int(rng.integers(2, 4))
    texts = [describe(CLASSES[label], subject, drifts, rng) for _ in range(number)]
    other = rng.choice([name for name in CLASSES if name != CLASSES[label]])
    texts += [[], [rng.choice(_IDLE)], [describe(other, subject, drifts, rng)]][rng.integers(3)]
    spoken = []
    for text in map(str, texts):
        start = max(0.0, rng.uniform(0, seconds) + rng.uniform(-_MOST_OFF, _MOST_OFF))
        spoken.append(Spoken(round(start, 2), round(start + rng.uniform(0.8, 1.6), 2), text))
    return sorted(spoken)
