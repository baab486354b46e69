"""Metafiles: of MMAction2's format, and no figure that the pages do not have."""

import importlib
import re
from pathlib import Path

import mmaction
import pytest
import yaml

from helpers import ROOT

MIM = Path(mmaction.__file__).parent / '.mim'
FIGURE = re.compile(r'-?\d+(?:\.\d+)?')


def read(path):
    return yaml.safe_load((ROOT / path).read_text(encoding='utf-8'))


INDEX = read('model-index.yml')['Import']
MODELS = [model for path in INDEX for model in read(path)['Models']]


def test_they_are_those_of_the_evidence_and_of_the_weights(study_module):
    metafiles = importlib.import_module('metafiles').metafiles()
    for path, text in metafiles.items():
        assert (ROOT / path).read_text(encoding='utf-8') == text, (
            f'{path} is out of date: run python tools/evidence/metafiles.py'
        )
    there = [path.relative_to(ROOT).as_posix() for path in ROOT.glob('configs/**/metafile.yml')]
    assert sorted(there) == INDEX == sorted(set(metafiles) - {'model-index.yml'})


def test_the_format_is_that_of_mmaction2():
    theirs = yaml.safe_load((MIM / 'model-index.yml').read_text())
    contents = [yaml.safe_load((MIM / path).read_text()) for path in theirs['Import']]
    collections = [each for content in contents for each in content.get('Collections', [])]
    models = [model for content in contents for model in content['Models']]
    usual = {key for model in models for key in model}
    required = set.intersection(*map(set, models)) - {'Weights'}  # some of ours are not published
    names = {each['Name'] for path in INDEX for each in read(path)['Collections']}
    for path in INDEX:
        assert set(read(path)) == {'Collections', 'Models'}
        assert all(set(each) == set(collections[0]) for each in read(path)['Collections'])
    for model in MODELS:
        assert required <= set(model) <= usual
        assert model['In Collection'] in names and (ROOT / model['Config']).is_file()
        assert all(isinstance(value, (str, int)) for value in model['Metadata'].values())
        for result in model['Results']:
            assert set(result) == {'Dataset', 'Task', 'Metrics'}
            assert all(type(value) is float for value in result['Metrics'].values())
    assert len({model['Name'] for model in MODELS}) == len(MODELS)


def lines_of(evidence):
    """The lines of the pages that a model names."""
    for place in evidence.split('; '):
        page, _, name = place.split(',')[0].partition('#')
        lines = (ROOT / page).read_text(encoding='utf-8').splitlines()
        if name:
            start = lines.index(f'## {name}')
            yield from (line for line in lines[start:] if line.startswith('|'))
        else:
            row = re.search(r'row (\w+)', place)[1]
            yield from (line for line in lines if re.match(rf'\| `{row}`[ |]', line))


@pytest.mark.parametrize('model', MODELS, ids=lambda model: model['Name'])
def test_figures_are_on_the_pages(model):
    found = {
        float(figure)
        for line in lines_of(model['Metadata']['Evidence'])
        for figure in FIGURE.findall(line)
    }
    figures = [value for result in model['Results'] for value in result['Metrics'].values()]
    assert len(figures) > 5 and set(figures) <= found
