"""Determines from packets which frames they give, so that only the required ones are decoded.

Nothing here opens a file or a decoder. docs/packets.md shows the gain, and how to turn it off.
"""

from .decode_plan import DecodePlan, PictureTable
from .jpeg_index import JpegIndex
from .packet_scan import PacketScan, Part
from .picture_index import PictureIndex

__all__ = ['DecodePlan', 'JpegIndex', 'PacketScan', 'Part', 'PictureIndex', 'PictureTable']
