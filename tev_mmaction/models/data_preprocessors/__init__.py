"""What happens to a batch on its device before the backbone, registered into MODELS."""

from .clip_pair_data_preprocessor import ClipPairDataPreprocessor

__all__ = ['ClipPairDataPreprocessor']
