"""Long lists in messages: the first entries, and how many more there are."""

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
