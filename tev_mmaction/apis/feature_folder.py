"""Features of many videos in a folder: a file for each video, and a manifest; resumable."""

import json
import os
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from tev_mmaction.files import check_output, locked, write_file, write_line
from tev_mmaction.storage import is_uri, state_of

from ..datasets.readers import VideoError
from .embedder import VideoEmbedder
from .feature_file import about_features
from .feature_format import check_format, to_bytes
from .settings import differences
from .video_views import WindowViews
from .window_grid import WindowFeatures, WindowGrid, check_windows

MANIFEST = 'manifest.json'
JOURNAL = '.finished.jsonl'
_KIND = 'tev_mmaction features 1'

Video = Tuple[str, str, int]  # name, path or URI, label
Entry = Dict[str, Any]


@dataclass
class FolderSummary:
    """What a call of :func:`embed_to_folder` did.

    Args:
        manifest (str): Path of the manifest.
        embedded (int): Number of videos embedded by this call.
        windows (int): Number of their windows.
        kept (int): Number of videos that earlier calls had embedded.
        failed (dict[str, str]): Names of the others, with the reasons.
    """

    manifest: str
    embedded: int = 0
    windows: int = 0
    kept: int = 0
    failed: Dict[str, str] = field(default_factory=dict)


def embed_to_folder(
    embedder: VideoEmbedder,
    videos: Sequence[Video],
    out: str,
    grid: WindowGrid,
    keep: str = 'vector',
    file_format: str = 'npz',
    progress: Optional[Callable[[float, int], Any]] = None,
) -> FolderSummary:
    """Write the features of each video to a file of its own, as soon as they are complete.

    ``NAME.npz`` in the folder has ``features`` (N, D) of N windows, or (N, clips, T', D), and
    ``start_frames``, ``starts`` and ``ends`` (N,), the latter in seconds.
    ``manifest.json`` has the settings, and for each video its file, label and time stamps.

    A further call embeds what is missing: new videos, those whose file changed, and those that
    failed. Videos of earlier calls stay in the manifest.

    Args:
        embedder (VideoEmbedder): The network and its protocol.
        videos (Sequence[tuple[str, str, int]]): Name, path or URI, and label of each.
        out (str): The folder.
        grid (WindowGrid): The windows.
        keep (str): See :meth:`VideoEmbedder.embed_windows`. Defaults to ``'vector'``.
        file_format (str): ``'npz'``, ``'npy'``, ``'safetensors'`` or ``'parquet'``. Defaults to
            ``'npz'``.
        progress (Callable, optional): Called with the number of finished videos, with fractions
            for begun ones, and the number of videos to embed.

    Raises:
        ValueError: If an argument is impossible, if the folder has features of other weights,
            protocols or windows, or if another call is writing to it.
        OSError: If the folder cannot be written; this is checked before the work starts.
        WorkerDied: If a decoding process dies.
    """
    check_format(file_format)
    check_windows(grid, keep, embedder.protocol)
    if is_uri(out):
        raise ValueError(f'{out!r} is on a server: features are written to a local folder')
    files = _files_of([name for name, _, _ in videos], file_format)
    settings = dict(
        kind=_KIND,
        **about_features(embedder),
        network=dict(asdict(embedder.recipe), views=None),  # those are in the protocol
        format=file_format,
        keep=keep,
        **asdict(grid),
    )
    summary = FolderSummary(os.path.join(out, MANIFEST))
    journal_file = os.path.join(out, JOURNAL)
    check_output(summary.manifest, journal_file)
    with locked(journal_file, out) as journal:
        entries = _known(out, journal, settings)
        todo = [video for video in videos if not _is_done(out, entries, video)]
        summary.kept = len(videos) - len(todo)
        outcomes = _outcomes(embedder, todo, grid, keep, progress)
        for (name, filename, label), state, outcome in outcomes:
            if isinstance(outcome, VideoError):
                entries.pop(name, None)
                summary.failed[name] = outcome.reason
                continue
            content = to_bytes(file_format, _arrays(outcome), settings)
            write_file(os.path.join(out, files[name]), content)
            entries[name] = dict(
                name=name,
                file=files[name],
                label=label,
                source=filename,
                state=list(state),
                shape=list(outcome.features.shape),
                **outcome.windows.to_dict(),
            )
            write_line(journal.fileno(), _line(entries[name]))
            summary.embedded += 1
            summary.windows += len(outcome.windows)
        for name, _, label in videos:
            if name in entries:
                entries[name]['label'] = label
        write_file(summary.manifest, _manifest_text(settings, entries, summary.failed))
        os.remove(journal_file)
    return summary


def _outcomes(embedder, todo: Sequence[Video], grid, keep, progress):
    """Each video with the state of its file before it was read, and its features or error."""
    finished = 0
    begun: Dict[int, float] = {}  # shares

    def note(views: WindowViews) -> None:
        begun[views.video] = views.done / len(views.windows)
        report()

    def report() -> None:
        if progress is not None:
            progress(finished + sum(begun.values()), len(todo))

    states = [state_of(filename) for _, filename, _ in todo]
    names = [filename for _, filename, _ in todo]
    for position, outcome in embedder.embed_windows_each(names, grid, keep, note):
        begun.pop(position, None)
        finished += 1
        report()
        yield todo[position], states[position], outcome


def _arrays(found: WindowFeatures) -> Dict[str, np.ndarray]:
    return dict(
        features=found.features,
        start_frames=found.windows.start_frames,
        starts=found.windows.starts,
        ends=found.windows.ends,
    )


def _files_of(names: Sequence[str], file_format: str) -> Dict[str, str]:
    """The file of each video, relative to the folder: its name below no root, and the format."""
    files: Dict[str, str] = {}
    owners: Dict[str, str] = {}
    for name in names:
        parts = name.rpartition('://')[2].split('/')
        file = '/'.join(part for part in parts if part not in ('', '.', '..')) + f'.{file_format}'
        if owners.setdefault(file, name) != name:
            raise ValueError(
                f'{name} and {owners[file]} would both be written to {file}: embed them to two '
                'folders'
            )
        files[name] = file
    return files


def _known(out: str, journal: BinaryIO, settings: dict) -> Dict[str, Entry]:
    """Entries of earlier calls with the same settings; a new journal is begun."""
    manifest = os.path.join(out, MANIFEST)
    entries: List[Entry] = []
    try:
        if os.path.exists(manifest):
            with open(manifest, encoding='utf-8') as file:
                content = json.load(file)
            _check_same(out, content['settings'], settings)
            entries += content['videos']
        journal.seek(0)
        # A line without a line end was incomplete when the machine died: the video is not done.
        lines = [line for line in journal.read().splitlines(keepends=True) if line[-1:] == b'\n']
        if len(lines) > 1:
            journal.truncate(sum(map(len, lines)))
            _check_same(out, json.loads(lines[0]), settings)
        else:  # no video was finished
            journal.truncate(0)
            write_line(journal.fileno(), _line(settings))
        entries += map(json.loads, lines[1:])
        return {entry['name']: entry for entry in entries}
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(
            f'{out} has no manifest of this tool, or a damaged one ({error!r}): name another folder'
        ) from None


def _check_same(out: str, known: dict, given: dict) -> None:
    differ = differences(known, given, skip=('checkpoint',))
    if differ:
        raise ValueError(
            f'{out} has features that were made with other settings: {"; ".join(differ)}. Name '
            'another folder, or delete this one'
        )


def _is_done(out: str, entries: Dict[str, Entry], video: Video) -> bool:
    """Whether the folder has the features of the video as it is now."""
    name, filename, _ = video
    entry = entries.get(name)
    if entry is None or not os.path.isfile(os.path.join(out, entry['file'])):
        return False
    state = state_of(filename)
    if tuple(entry['state']) == state != (0, 0):
        return True
    if entry['source'] != filename:
        raise ValueError(
            f'{out} has features of {entry["source"]} under the name of {filename}: name another '
            'folder'
        )
    return False


def _manifest_text(settings: dict, entries: Dict[str, Entry], failed: Dict[str, str]) -> str:
    """JSON with a line for each video."""
    videos = ',\n  '.join(json.dumps(entries[name]) for name in sorted(entries))
    reasons = json.dumps([dict(name=name, reason=failed[name]) for name in sorted(failed)])
    return (
        f'{{"settings": {json.dumps(settings)},\n "videos": [\n  {videos}],\n '
        f'"failed": {reasons}}}\n'
    )


def _line(value: dict) -> bytes:
    return json.dumps(value).encode() + b'\n'
