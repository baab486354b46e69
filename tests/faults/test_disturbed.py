"""Tools that are ended at random times lose nothing; ``disturb.py`` tries it more often."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from disturb import TOOLS, disturb, make_videos


@pytest.fixture(scope='module')
def sources(tmp_path_factory):
    return make_videos(tmp_path_factory.mktemp('sources'))


@pytest.mark.parametrize('name', list(TOOLS))
def test_the_next_call_ends_as_an_undisturbed_one(name, sources, tmp_path):
    disturb(name, sources, tmp_path, repeats=1 if name == 'train' else 4)
