"""The examples of docstrings give what they say."""

import doctest
from importlib import import_module

import pytest

from helpers import ROOT

MODULES = [
    '.'.join(path.relative_to(ROOT).with_suffix('').parts).removesuffix('.__init__')
    for path in sorted((ROOT / 'tev_mmaction').rglob('*.py'))
    if '>>>' in path.read_text(encoding='utf-8')
]


@pytest.mark.parametrize('name', MODULES)
def test_examples(name):
    result = doctest.testmod(import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert not result.failed


def test_there_are_examples():
    assert len(MODULES) >= 10
