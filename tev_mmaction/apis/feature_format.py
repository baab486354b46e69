"""Arrays of features as the bytes of a file: numpy, safetensors or Parquet."""

import io
import json
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Dict, Mapping

import numpy as np
from safetensors.numpy import load as from_safetensors
from safetensors.numpy import save as to_safetensors

from ..texts import quote

FORMATS = ('npz', 'npy', 'safetensors', 'parquet')


def check_format(name: str) -> None:
    """Refuse a format that cannot be written.

    Args:
        name (str): One of :data:`FORMATS`.

    Raises:
        ValueError: If it is unknown, or what writes it is not installed.
    """
    if name not in FORMATS:
        raise ValueError(f'format {name!r}: use one of {", ".join(FORMATS)}')
    if name == 'parquet' and find_spec('pyarrow') is None:
        raise ValueError(
            'Parquet files are written by pyarrow, which is not installed: run `pip install '
            '"tev_mmaction[parquet]"`, or use another format (npz, npy, safetensors)'
        )


def to_bytes(name: str, arrays: Mapping[str, np.ndarray], about: Dict[str, Any]) -> bytes:
    """The content of a file.

    ``npz``: the arrays, and ``protocol``, JSON. ``npy``: only the array ``features``.
    ``safetensors``: the arrays as tensors; those of text, and ``protocol``, as JSON in the
    metadata. ``parquet``: a column for each array and a row for each feature, which is flat;
    ``protocol``, and ``shape``, that of a feature, as JSON in the metadata of the schema.

    Args:
        name (str): One of :data:`FORMATS`.
        arrays (Mapping[str, np.ndarray]): ``features``, (N, ...) float32, and others, (N,).
        about (dict): What made them, as valid JSON.
    """
    protocol = json.dumps(about)
    content = io.BytesIO()
    if name == 'npy':
        np.save(content, arrays['features'])
    elif name == 'npz':
        saved: Dict[str, Any] = dict(arrays, protocol=np.array(protocol))
        np.savez(content, **saved)
    elif name == 'parquet':
        _write_table(content, arrays, protocol)
    else:
        texts = {key: array for key, array in arrays.items() if array.dtype.kind == 'U'}
        tensors = {key: array for key, array in arrays.items() if key not in texts}
        metadata = {key: json.dumps(array.tolist()) for key, array in texts.items()}
        content.write(to_safetensors(tensors, dict(metadata, protocol=protocol)))
    return content.getvalue()


def features_of(name: str, content: bytes) -> np.ndarray:
    """The array ``features`` in the content of a file that :func:`to_bytes` made.

    Args:
        name (str): One of :data:`FORMATS`.
        content (bytes): The content.
    """
    stream = io.BytesIO(content)
    if name == 'npy':
        return np.load(stream)
    if name == 'npz':
        return np.load(stream)['features']
    if name == 'safetensors':
        return from_safetensors(content)['features']
    table = import_module('pyarrow.parquet').read_table(stream)
    flat = table['features'].combine_chunks().flatten().to_numpy()
    return flat.reshape(len(table), *json.loads(table.schema.metadata[b'shape']))


def _write_table(out: io.BytesIO, arrays: Mapping[str, np.ndarray], protocol: str) -> None:
    pyarrow, parquet = import_module('pyarrow'), import_module('pyarrow.parquet')
    # names of any bytes are written as in lists
    columns: Dict[str, Any] = {
        key: list(map(quote, array.tolist())) if array.dtype.kind == 'U' else array
        for key, array in arrays.items()
        if key != 'features'
    }
    features = arrays['features']
    flat = np.ascontiguousarray(features).reshape(-1)
    width = flat.size // len(features)
    columns['features'] = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(flat), width)
    metadata = dict(protocol=protocol, shape=json.dumps(features.shape[1:]))
    parquet.write_table(pyarrow.table(columns).replace_schema_metadata(metadata), out)
