"""Reads and checks labelled lists and class names."""

from typing import List, Optional, Sequence

from tev_mmaction.storage import join
from tev_mmaction.texts import decode, lines_of, other_format, read_bytes

from .video_list import read_list


def read_labelled(
    ann_file: str,
    prefix: str,
    delimiter: str = ' ',
    backend_args: Optional[dict] = None,
    classes: Sequence[str] = (),
    repeats: bool = False,
) -> List[dict]:
    """Read a list of ``path label`` lines.

    Args:
        ann_file (str): The list.
        prefix (str): Folder or URI prefix of its paths.
        delimiter (str): Separator of path and label. Defaults to ``' '``.
        backend_args (dict, optional): Arguments of the file backend.
        classes (Sequence[str]): Names of the classes, if known. Defaults to ().
        repeats (bool): Accept a video that is listed several times. Defaults to False.

    Returns:
        list[dict]: With ``filename``, ``path`` and ``label``, in the order of the list.

    Raises:
        FileNotFoundError: See :func:`read_list`.
        ValueError: See :func:`read_list`; if a video has no label, several labels, or a label
            outside the classes.
    """
    videos = read_list(
        ann_file, delimiter, backend_args, single_label=True, prefix=prefix, repeats=repeats
    )
    for path, label in videos:
        if label < 0 or (classes and label >= len(classes)):
            raise ValueError(
                f'{ann_file!r} gives {path!r} '
                + ('no label, or -1' if label == -1 else f'the label {label}')
                + (f'; labels are 0 to {len(classes) - 1}' if classes else '')
                + '. Lines should read `path label`, with labels from 0.'
            )
    return [dict(filename=join(prefix, path), path=path, label=label) for path, label in videos]


def read_classes(class_file: str, backend_args: Optional[dict] = None) -> List[str]:
    """Read class names, one per line, in the order of labels; ``''``: unknown.

    Raises:
        FileNotFoundError: If the file cannot be read.
        ValueError: If the file is HTML or JSON instead of text with one name per line.
    """
    if not class_file:
        return []
    try:
        content = read_bytes(class_file, backend_args)
    except Exception as error:  # each backend raises its own errors
        raise FileNotFoundError(
            f'The class names {class_file!r} (config key class_file of the dataset, under '
            "data_root) cannot be read. `python tools/data/make_lists.py` writes them; '' "
            'does without.'
        ) from error
    if kind := other_format(content):
        raise ValueError(
            f'The class names {class_file!r} (config key class_file of the dataset) are {kind}; a '
            'text is needed, one name a line. `python tools/data/make_lists.py` writes it.'
        )
    lines = lines_of(decode(content, class_file))
    return [line.strip() for line in lines if line.strip()]
