"""What packets tell of the frames that they give, so that only those that are needed are decoded.

Pure: nothing here opens a file or a decoder. docs/packets.md says what it buys, and how to do
without.
"""

from .decode_plan import PictureTable
from .jpeg_index import JpegIndex
from .packet_scan import PacketScan, Part

__all__ = ['JpegIndex', 'PacketScan', 'Part', 'PictureTable']
