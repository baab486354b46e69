"""Files of safetensors that are the same whenever they are written."""

import json
import struct
from typing import Mapping

from safetensors.torch import save
from torch import Tensor

_LENGTH = struct.Struct('<Q')  # of the head
_ALIGNED = 8


def to_bytes(weights: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """The content of a file. The library's own has its metadata in another order each time.

    Args:
        weights (Mapping[str, Tensor]): Contiguous, on the CPU, each with a storage of its own.
        metadata (Mapping[str, str]): What is said of them; in the order of its keys.
    """
    content = save(dict(weights))
    end = _LENGTH.size + _LENGTH.unpack(content[: _LENGTH.size])[0]
    head = {'__metadata__': dict(metadata), **json.loads(content[_LENGTH.size : end])}
    text = json.dumps(head, separators=(',', ':'), ensure_ascii=False).encode()
    text += b' ' * (-len(text) % _ALIGNED)
    return _LENGTH.pack(len(text)) + text + content[end:]
