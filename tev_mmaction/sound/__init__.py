"""Sound along clips: a tape that is played as the clip is, and spectrograms; numpy and SciPy."""

from .playing import Tape, play
from .spectrogram import LogMel

__all__ = ['LogMel', 'Tape', 'play']
