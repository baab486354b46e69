"""Long lists and long names, shortened for a reader."""

from typing import Sequence


def first_of(entries: Sequence[str], most: int = 5, separator: str = '; ') -> str:
    """The first entries of a list, and the number of the others.

    Args:
        entries (Sequence[str]): What there is to name.
        most (int): Entries to name, ≥ 1. Defaults to 5.
        separator (str): Between two entries. Defaults to ``'; '``.

    Example:
        >>> first_of(['a', 'b', 'c', 'd'], most=2)
        'a; b; and 2 more'
    """
    named = list(entries[:most])
    if len(entries) > most:
        named.append(f'and {len(entries) - most} more')
    return separator.join(named)


def cut(name: str, most: int) -> str:
    """A name of at most so many characters: the middle of a longer one is replaced by an ellipsis.

    Names of files and of classes often differ in their last characters only, so both ends stay.

    Args:
        name (str): A name of any length.
        most (int): Characters to keep, ≥ 1, including the ellipsis.

    Example:
        >>> cut('Pulling two ends of something', 15)
        'Pulling…mething'
    """
    if len(name) <= most:
        return name
    end = (most - 1) // 2
    return name[: most - 1 - end] + '…' + name[len(name) - end :]
