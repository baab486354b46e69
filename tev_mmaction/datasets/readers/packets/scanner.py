"""The base class of the packet parsers, one per codec."""

from abc import ABC, abstractmethod
from typing import List

from .decode_plan import CodedPicture


class Scanner(ABC):
    """Finds the pictures in packets, which it must receive in the order of decoding.

    Args:
        extradata (bytes): The codec's configuration.

    Attributes:
        first_configures (bool): The decoder must always get the first picture, because its headers
            apply to the whole stream.
        timestamps_order (bool): The container's time stamps must be in the order of :meth:`ranks`.

    Raises:
        Unpredictable: If the configuration is unusual.
    """

    first_configures = timestamps_order = False

    def __init__(self, extradata: bytes):
        self._extradata = extradata

    @abstractmethod
    def scan(self, data: bytes) -> List[CodedPicture]:
        """Find the pictures of a packet.

        Args:
            data (bytes): The next packet.

        Returns:
            list[CodedPicture]: In the order of decoding.

        Raises:
            Unpredictable: If anything in it is unusual.
        """

    def ranks(self, pictures: List[CodedPicture]) -> List[int]:
        """Order the pictures. By default, they are shown in the order of decoding.

        Args:
            pictures (list[CodedPicture]): All of the stream.

        Returns:
            list[int]: In whose ascending order they are shown.
        """
        return list(range(len(pictures)))


class IntraScanner(Scanner):
    """For codecs in which each packet is one picture that depends on no other."""

    def scan(self, data: bytes) -> List[CodedPicture]:
        """Take a packet for a picture."""
        return [CodedPicture(0, len(data), True, False)]
