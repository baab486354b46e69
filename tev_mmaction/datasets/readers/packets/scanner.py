"""What finds the pictures in the packets of a codec."""

from abc import ABC, abstractmethod
from typing import List

from .decode_plan import CodedPicture


class Scanner(ABC):
    """Finds the pictures of packets, which must be handed over in the order of decoding.

    Args:
        extradata (bytes): The codec's configuration.

    Attributes:
        first_configures (bool): The decoder must always see the first picture, since what travels
            with it holds for the whole stream.
        timestamps_order (bool): The container's time stamps must give the order of :meth:`ranks`.

    Raises:
        Unpredictable: If the configuration is out of the ordinary.
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
            Unpredictable: On anything out of the ordinary.
        """

    def ranks(self, pictures: List[CodedPicture]) -> List[int]:
        """Order the pictures; here, they are shown as they are decoded.

        Args:
            pictures (list[CodedPicture]): All of the stream.

        Returns:
            list[int]: In whose ascending order they are shown.
        """
        return list(range(len(pictures)))


class IntraScanner(Scanner):
    """Of codecs in which each packet is one picture that depends on no other."""

    def scan(self, data: bytes) -> List[CodedPicture]:
        """Take a packet for a picture."""
        return [CodedPicture(0, len(data), True, False)]
