"""Files of the Hugging Face hub: ``hf://OWNER/REPO``, with ``@REVISION``, with ``/FILE``.

They are fetched by ``huggingface_hub`` (``pip install "tev_mmaction[hub]"``), which keeps them in
its cache and heeds its own environment variables: ``HF_HUB_OFFLINE``, ``HF_HOME``, ``HF_ENDPOINT``,
``HF_TOKEN``. Nothing is fetched before such an address is used.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from ..version import __version__
from .record import MODEL, RECORD, NamedWeights, read_record

SCHEME = 'hf://'
_PART = r'[A-Za-z0-9][\w.-]*'
_ADDRESS = re.compile(rf'hf://({_PART}/{_PART})(?:@([^@/\s]+))?(?:/(.+))?')
_SHA256 = re.compile('[0-9a-f]{64}')
_CHUNK = 1 << 24


@dataclass(frozen=True)
class HubAddress:
    """Where a file of the hub is.

    Args:
        repo (str): ``OWNER/REPO``.
        revision (str, optional): Branch, tag or commit. None: the main branch.
        file (str, optional): Path within the repository. None: the network that its record
            describes.
    """

    repo: str
    revision: Optional[str] = None
    file: Optional[str] = None

    @classmethod
    def parse(cls, address: str) -> 'HubAddress':
        """Read an address.

        Args:
            address: As in ``hf://OWNER/REPO@REVISION/FILE``.

        Raises:
            ValueError: If it is malformed.
        """
        found = _ADDRESS.fullmatch(address.rstrip('/'))
        if found is None or set((found[3] or 'a').split('/')) & {'', '.', '..'}:
            raise ValueError(
                f'{address!r} is not an address of the Hugging Face hub: write hf://OWNER/REPO, '
                'hf://OWNER/REPO/FILE, or hf://OWNER/REPO@REVISION/FILE'
            )
        return cls(*found.groups())

    def __str__(self) -> str:
        revision = f'@{self.revision}' if self.revision else ''
        file = f'/{self.file}' if self.file else ''
        return f'{SCHEME}{self.repo}{revision}{file}'


class NoSuchFile(ValueError):
    """A repository of the hub does not have a file."""


def hub_weights(address: str) -> Optional[NamedWeights]:
    """The network that an address names; None for a file that no record describes.

    Args:
        address: Of a repository with a record, or of a file.

    Raises:
        ValueError: If it is malformed, cannot be fetched, or names a repository without a record.
    """
    parsed = HubAddress.parse(address)
    if parsed.file not in (None, MODEL):
        return None
    try:
        record = _fetch(parsed, RECORD)
    except NoSuchFile:
        if parsed.file is not None:
            return None
        raise NoSuchFile(
            f'{parsed} has no {RECORD}, which tools/convert/publish.py writes and which says what '
            f'the network is: name a file, as in {parsed}/FILE'
        ) from None
    again = f'Remove {record.resolve()}, and it is fetched again'
    read_record(record, parsed.repo, Path(MODEL), str(parsed), again)  # before much is fetched
    file = _fetch(parsed, MODEL)
    remedy = (
        f'Remove {file.resolve()}, and it is fetched again; if that does not help, ask the owner '
        f'of {parsed.repo} for a record that fits'
    )
    return read_record(record, parsed.repo, file, str(parsed), remedy)


def hub_file(address: str) -> str:
    """The path of a file of the hub on this machine, fetched where the cache does not have it.

    Args:
        address: With a file.

    Raises:
        ValueError: If it is malformed, cannot be fetched, or is damaged.
    """
    parsed = HubAddress.parse(address)
    if parsed.file is None:
        raise ValueError(f'{address} names no file: write {parsed}/FILE')
    path = _fetch(parsed, parsed.file)
    blob = path.resolve()
    # The cache names large files by their checksum, small ones by git's.
    if _SHA256.fullmatch(blob.name) and _sha256(blob) != blob.name:
        raise ValueError(
            f'{address} is damaged in the cache: its checksum is another. Remove {blob}, and it '
            'is fetched again'
        )
    return str(path)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open('rb') as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _fetch(address: HubAddress, file: str) -> Path:
    try:
        from huggingface_hub import constants, errors, hf_hub_download
    except ImportError:
        raise ValueError(
            f'{address} is on the Hugging Face hub, for which huggingface_hub is not installed: '
            'pip install "tev_mmaction[hub]"'
        ) from None
    endpoint = os.environ.get('HF_ENDPOINT', constants.ENDPOINT)
    where = f'{address.repo} at {endpoint}'
    try:
        path = hf_hub_download(
            address.repo,
            file,
            revision=address.revision,
            library_name='tev_mmaction',
            library_version=__version__,
        )
        return Path(path)
    except errors.LocalEntryNotFoundError:
        offline = constants.HF_HUB_OFFLINE
        reason = 'HF_HUB_OFFLINE is set' if offline else f'{endpoint} cannot be reached'
        remedy = 'unset it' if offline else 'go online'
        raise ValueError(
            f'{file} of {address} is not in the cache, and {reason}: {remedy} to fetch it once, or '
            'give the path of a file'
        ) from None
    except errors.RevisionNotFoundError:
        raise ValueError(f'there is no revision {address.revision!r} of {where}') from None
    except errors.EntryNotFoundError:
        raise NoSuchFile(f'there is no file {file!r} in {where}') from None
    except errors.GatedRepoError:
        raise ValueError(
            f'{where} asks for consent to its terms: give it on its page, then log in by '
            '`hf auth login`'
        ) from None
    except errors.RepositoryNotFoundError:
        raise ValueError(
            f'there is no repository {where}, or it is private: then log in by `hf auth login`'
        ) from None
    except Exception as error:  # of the network, of the disk, of whatever the client is built on
        said = ' '.join(str(error).split())[:300]
        raise ValueError(
            f'{file} of {address} cannot be fetched ({type(error).__name__}: {said}): try again'
        ) from None
