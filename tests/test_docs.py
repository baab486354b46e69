"""Links of the documentation lead somewhere; facts that stand in two places agree."""

import re

import pytest

from helpers import ROOT
from tev_mmaction import __version__

PAGES = [
    *ROOT.glob('*.md'),
    *(ROOT / 'docs').rglob('*.md'),
    *(ROOT / 'configs').rglob('*.md'),
]


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_relative_links(page):
    links = re.findall(r'\]\(([^)#\s]+)(?:#\S*)?\)', page.read_text(encoding='utf-8'))
    dead = [link for link in links if '://' not in link and not (page.parent / link).exists()]
    assert not dead


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_configs_and_tools_that_are_named_exist(page):
    named = re.findall(
        r'(?<![\w/])(?:configs|tools)/[\w./+-]+\.(?:py|sh)\b', page.read_text(encoding='utf-8')
    )
    if page.with_suffix('.json').exists():  # of runs, which names what there was at their commits
        named = [re.sub('^configs/(motion|real)/', r'configs/studies/\1/', path) for path in named]
    examples = ('configs/lag_r3d18_ucf101.py',)  # of docs/new-method.md
    assert not [path for path in named if path not in examples and not (ROOT / path).exists()]


def test_the_readme_is_short():
    assert len((ROOT / 'README.md').read_text(encoding='utf-8').splitlines()) <= 120


def test_the_citation_has_the_version():
    citation = (ROOT / 'CITATION.cff').read_text(encoding='utf-8')
    assert re.search(r'^version: (\S+)$', citation, re.MULTILINE).group(1) == __version__
