"""Finds out from packets which frames they give, so that only the needed ones are decoded.

Pure: nothing here opens a file or a decoder. docs/packets.md says what it buys, and how to do
without.
"""

from .decode_plan import PictureTable
from .jpeg_index import JpegIndex
from .packet_scan import PacketScan, Part

__all__ = ['JpegIndex', 'PacketScan', 'Part', 'PictureTable']
