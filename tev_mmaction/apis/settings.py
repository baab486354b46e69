"""Settings that stored features were made with, compared with those of a new call."""

import json
from typing import Any, List, Sequence


def differences(known: dict, given: dict, skip: Sequence[str] = ()) -> List[str]:
    """``key old, not new`` for all differences; lists of JSON equal tuples.

    Args:
        known (dict): The stored settings.
        given (dict): The new ones.
        skip (Sequence[str]): Keys that may differ. Defaults to ().
    """
    return [
        f'{key} {known[key]}, not {given.get(key)}'
        for key in known
        if key not in skip and _plain(known[key]) != _plain(given.get(key))
    ]


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))
