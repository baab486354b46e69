"""Clips whose every frame is different and detailed, coded in many ways, and a plain reader."""

from pathlib import Path
from typing import Callable, List

import av
import numpy as np

NUM_FRAMES = 60
_PICTURE = b'\0\0\1\xb6'  # start code of an MPEG-4 picture
_B = 2  # type of an MPEG-4 B picture
OPEN_GOP = {'x264-params': 'open-gop=1:keyint=12:min-keyint=12:bframes=3'}


def sequential(path) -> List[np.ndarray]:
    """All frames as they come out of PyAV, from the first packet to the last."""
    with av.open(str(path)) as container:
        stream = container.streams.best('video')
        stream.codec_context.thread_count = 1
        return [
            np.rot90(frame.to_ndarray(format='rgb24'), frame.rotation // 90)
            for frame in container.decode(stream)
        ]


def texture(index: int, width: int, height: int) -> np.ndarray:
    """A picture whose parts move in different directions; there is a cut in mid-clip."""
    y, x = np.mgrid[:height, :width]
    picture = np.stack([3 * x + 5 * index, 4 * y - 3 * index, 2 * (x + y) + 7 * index], axis=-1)
    return (picture if index < NUM_FRAMES // 2 else -picture).astype(np.uint8)


def write_coded(path: Path, codec: str, pixels='yuv420p', size=(64, 48), times=None, **options):
    """Encode a clip of 60 detailed frames; ``movflags`` and ``fmt`` go to the container."""
    muxer = {key: options.pop(key) for key in ('movflags',) if key in options}
    with av.open(str(path), 'w', format=options.pop('fmt', None), options=muxer) as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        stream.options = {key: str(value) for key, value in options.items()}
        for index in range(NUM_FRAMES):
            frame = av.VideoFrame.from_ndarray(texture(index, *size), format='rgb24')
            if times is not None:
                frame.pts = times[index]
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def remux(source: Path, target: Path, change: Callable, **options) -> Path:
    """Write the packets that ``change`` makes of those of a file to another."""
    with av.open(str(source)) as old, av.open(str(target), 'w', options=options) as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in change([packet for packet in old.demux(video=0) if packet.size]):
            packet.stream = stream
            new.mux(packet)
    return target


def shifted(seconds: float) -> Callable:
    """A change for :func:`remux`: all packets are shown later, or earlier."""

    def change(packets):
        for packet in packets:
            late = round(seconds / packet.time_base)
            packet.pts, packet.dts = packet.pts + late, packet.dts + late
        return packets

    return change


def shown_as_decoded(packets):
    """A change for :func:`remux`: time stamps as some muxers write them, in order of decoding."""
    for packet, time in zip(packets, sorted(packet.pts for packet in packets)):
        packet.pts = packet.dts = time
    return packets


def b_packed(packets):
    """A change for :func:`remux`: B pictures are packed as by DivX, with marks in their place."""
    data = [bytes(packet) for packet in packets]
    is_b = [each[each.find(_PICTURE) + 4] >> 6 == _B for each in data] + [False]
    data[0] = data[0].replace(_PICTURE, b'\0\0\1\xb2DivX503b1393p' + _PICTURE, 1)
    packed = []
    for number, each in enumerate(data):
        if is_b[number + 1] and not is_b[number]:
            each += data[number + 1]
        elif is_b[number]:
            each = data[number + 1] if is_b[number + 1] else _PICTURE + b'\x50\x7f\xff'
        packed.append(each)
    for number, each in enumerate(packed):
        packet = av.Packet(each)
        packet.pts = packet.dts = number
        packet.time_base = packets[0].time_base
        packet.is_keyframe = packets[number].is_keyframe
        yield packet
