"""A network as a file that runs without this package: ONNX, or an exported program of PyTorch.

The program takes clips that are cut, scaled and normalised, and returns a feature for each. What
has to be done before and after it stands in the metadata of the file.
"""

import io
import json
import logging
import os
import warnings
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Callable, Dict, Iterator, Tuple, Union

import numpy as np
import torch
from torch import Tensor, nn

from ..files import check_output, replacing
from ..models.recognizers import PooledRecognizer
from ..version import __version__
from .embedder import VideoEmbedder
from .layers_at_work import LayersAtWork, layer_of_operator

# Ending of the files of each format.
FORMATS = dict(onnx='.onnx', pt2='.pt2')
OPSET = 18  # the oldest that PyTorch's exporter writes without conversion
TOLERANCE = 1e-4  # of the largest value of the features
_PACKAGES = ('onnx', 'onnxruntime', 'onnxscript')
_MOST_BYTES = 2**31 - 2**20  # of a file of ONNX, without what is not weights
_TRACED, _CHECKED = 2, (1, 3)  # sizes of batches

Program = Callable[[Tensor], np.ndarray]


@dataclass(frozen=True)
class ExportedNetwork:
    """What was written.

    Args:
        clips (tuple[int, ...]): Shape of one clip, (C, T, H, W).
        feature_dim (int): Width D of the features.
        difference (float): Largest difference from the features of PyTorch, divided by the largest
            value, on noise.
        metadata (dict[str, str]): Of the file: ``preprocessing`` and ``backbone`` (JSON),
            ``fingerprint``, ``source``, ``tev_mmaction``.
    """

    clips: Tuple[int, ...]
    feature_dim: int
    difference: float
    metadata: Dict[str, str]


class _Features(nn.Module):
    """Clips (N, C, T, H, W) to features (N, D)."""

    def __init__(self, recognizer: PooledRecognizer):
        super().__init__()
        self.recognizer = recognizer

    def forward(self, clips: Tensor) -> Tensor:
        return self.recognizer.extract_feat(clips.unsqueeze(1))[:, 0]


def export_network(
    embedder: VideoEmbedder, out: Union[str, os.PathLike], format: str = 'onnx'
) -> ExportedNetwork:
    """Write the network of an embedder as a program; batches may have any size.

    The written file is read and run. It has to compute the features of PyTorch.

    Args:
        embedder (VideoEmbedder): Network and protocol, on the CPU.
        out (str | PathLike): File to write, ``.onnx`` or ``.pt2``.
        format (str): ``'onnx'``, which needs ``pip install "tev_mmaction[onnx]"``; or ``'pt2'``,
            a program of ``torch.export``. Defaults to ``'onnx'``.

    Raises:
        ValueError: If the format is unknown or not the file's, if its packages are missing, or if
            the backbone cannot be exported; names the layer.
        OSError: If the file cannot be written, or computes something else.
    """
    check_export(out, format)
    if embedder.device.type != 'cpu':
        raise ValueError(f'the embedder is on {embedder.device}: make it with device="cpu"')
    network = _Features(embedder._model).eval()
    size = sum(tensor.nbytes for tensor in network.state_dict().values())
    if format == 'onnx' and size > _MOST_BYTES:
        raise ValueError(
            f'{embedder.checkpoint} has {size / 1e9:.1f} GB of weights, a file of ONNX holds 2 GB: '
            'use format=pt2'
        )
    protocol = embedder.protocol
    assert protocol.clip_len is not None  # VideoEmbedder has checked it
    shape = (3, protocol.clip_len, protocol.size, protocol.size)
    with _quiet():
        program = _trace(network, shape, embedder.checkpoint)
        metadata = _metadata(embedder)
        write = _write_onnx if format == 'onnx' else _write_pt2
        with replacing(out) as part:
            written = write(program, part, metadata, embedder.checkpoint)
            width, difference = _compare(network, written, shape)
            if not difference <= TOLERANCE:  # nor NaN
                raise OSError(
                    f'{out} was not written: its features differ from those of PyTorch by '
                    f'{difference:.1e} of the largest value, {TOLERANCE:.0e} is allowed'
                )
    return ExportedNetwork(shape, width, difference, metadata)


def check_export(out: Union[str, os.PathLike], format: str) -> None:
    """Check before a network is loaded whether it could be written.

    Args:
        out (str | PathLike): See :func:`export_network`.
        format (str): See :func:`export_network`.

    Raises:
        ValueError: If the format is unknown or not the file's, or if its packages are missing.
        OSError: If the file cannot be written.
    """
    if format not in FORMATS:
        raise ValueError(f'format={format!r}: use one of {", ".join(FORMATS)}')
    if not os.fspath(out).endswith(FORMATS[format]):
        raise ValueError(f'{out}: a file of format={format} is to end in {FORMATS[format]}')
    missing = [name for name in _PACKAGES if format == 'onnx' and not find_spec(name)]
    if missing:
        raise ValueError(
            f'{", ".join(missing)} is not installed: pip install "tev_mmaction[onnx]", or use '
            'format=pt2, which needs PyTorch alone'
        )
    check_output(out)


def preprocessing_of(embedder: VideoEmbedder) -> Dict[str, Any]:
    """How the clips of a video are made, and how their features become one, as plain values."""
    protocol, normalisation = embedder.protocol, embedder.recipe.normalisation
    sampling = 'frames' if embedder.recipe.frames_as_batch else 'spread'
    keys = ('clip_len', 'frame_interval', 'num_clips', 'size', 'crops', 'view_pooling')
    return dict(
        {key: getattr(protocol, key) for key in keys},
        sampling=sampling if protocol.frame_interval is None else 'interval',
        colours='BGR' if normalisation.get('to_rgb') else 'RGB',
        mean=list(normalisation.get('mean', (0.0, 0.0, 0.0))),
        std=list(normalisation.get('std', (1.0, 1.0, 1.0))),
    )


def _metadata(embedder: VideoEmbedder) -> Dict[str, str]:
    return dict(
        preprocessing=json.dumps(preprocessing_of(embedder)),
        backbone=json.dumps(embedder.recipe.backbone),
        fingerprint=embedder.fingerprint,
        source=os.path.basename(embedder.checkpoint),
        tev_mmaction=__version__,
    )


def _trace(network: _Features, shape: Tuple[int, ...], source: str) -> Any:
    """The program of ``torch.export``, for batches of any size."""
    batch = torch.export.Dim('batch', min=1)
    layers = LayersAtWork(network.recognizer)
    try:
        with torch.no_grad(), layers:
            return torch.export.export(
                network, (torch.zeros(_TRACED, *shape),), dynamic_shapes=dict(clips={0: batch})
            )
    except Exception as error:  # whatever the code of a backbone raises
        why = 'it computes with one size of batches only' if layers.all_ended else _said(error)
        raise _refusal(source, layers.culprit, why) from error


def _refusal(source: str, layer: str, why: str) -> ValueError:
    return ValueError(
        f'{source} cannot be exported because of {layer}: {why}. Change that layer, or compute '
        'features by VideoEmbedder'
    )


def _said(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip('.')


def _write_onnx(program: Any, part: str, metadata: Dict[str, str], source: str) -> Program:
    import onnxruntime

    try:
        converted = torch.onnx.export(
            program,
            dynamo=True,
            opset_version=OPSET,
            input_names=['clips'],
            output_names=['features'],
            dynamic_shapes=({0: 'batch'},),
            verbose=False,
        )
    except Exception as error:  # of many classes, most of them private
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        why = f'{_said(cause)} (format=pt2 may work)'
        raise _refusal(source, layer_of_operator(program, str(cause)), why) from error
    assert converted is not None  # as no file was named
    converted.model.metadata_props.update(metadata)
    converted.save(part, external_data=False)
    session = onnxruntime.InferenceSession(part, providers=['CPUExecutionProvider'])
    return lambda clips: session.run(['features'], {'clips': clips.numpy()})[0]


def _write_pt2(program: Any, part: str, metadata: Dict[str, str], source: str) -> Program:
    with open(part, 'wb') as stream:  # a path would have to end in .pt2
        torch.export.save(program, stream, extra_files=metadata)
    with open(part, 'rb') as stream:
        network = torch.export.load(stream).module()
    return lambda clips: network(clips).numpy()


def _compare(network: _Features, written: Program, shape: Tuple[int, ...]) -> Tuple[int, float]:
    """Width of the features, and how far those of a written program are from PyTorch's."""
    generator = torch.Generator().manual_seed(0)
    width, difference = 0, 0.0
    for batch in _CHECKED:
        clips = torch.randn(batch, *shape, generator=generator)
        with torch.no_grad():
            expected = network(clips).numpy()
            found = written(clips)
        if found.shape != expected.shape:
            return width, float('inf')
        width = expected.shape[1]
        scale = float(np.abs(expected).max()) or 1.0
        difference = max(difference, float(np.abs(found - expected).max()) / scale)
    return width, difference


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what PyTorch's exporters print; what stops an export is raised."""
    disabled = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
            warnings.simplefilter('ignore')
            yield
    finally:
        logging.disable(disabled)
