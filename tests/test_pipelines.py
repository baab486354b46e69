"""Inherited pipelines are changed by the types of their steps, never by position."""

import re

import pytest
from mmengine.config import Config

import config_table
from helpers import ROOT
from tev_mmaction import change_steps, insert_step

PIPELINE = [dict(type='VideoDecode'), dict(type='Resize', scale=2), dict(type='Resize', scale=3)]


def test_steps_are_changed_in_a_copy():
    before = [dict(step) for step in PIPELINE]
    changed = change_steps(PIPELINE, VideoDecode=dict(grey=True))
    assert changed == [dict(type='VideoDecode', grey=True), *PIPELINE[1:]]
    added = insert_step(changed, dict(type='Flip'), before='VideoDecode')
    assert [step['type'] for step in added] == ['Flip', 'VideoDecode', 'Resize', 'Resize']
    assert before == PIPELINE and len(changed) == 3


@pytest.mark.parametrize(('name', 'count'), [('Flip', 'no'), ('Resize', '2')])
def test_a_step_that_is_not_there_once_is_refused(name, count):
    message = f'the pipeline has {count} steps {name}, .* VideoDecode, Resize, Resize'
    with pytest.raises(ValueError, match=message):
        change_steps(PIPELINE, **{name: dict(scale=1)})
    with pytest.raises(ValueError, match=message):
        insert_step(PIPELINE, dict(type='Flip'), before=name)


@pytest.mark.parametrize('path', config_table.FOLDER.rglob('*.py'), ids=config_table.name_of)
def test_no_config_counts_steps(path):
    code = path.read_text(encoding='utf-8')
    assert not re.search(r'pipeline\w*(\[|\.insert\(|\.pop\()', code)


@pytest.mark.parametrize(
    'name', ['finetune/tev_s3dg_ucf101-split1', 'studies/real/jhmdb-motion-reversed_r3d10']
)
def test_a_config_that_was_dumped_is_the_same_and_imports_nothing(tmp_path, name):
    cfg = Config.fromfile(ROOT / f'configs/{name}.py')
    cfg.dump(tmp_path / 'dumped.py')
    assert Config.fromfile(tmp_path / 'dumped.py').to_dict() == cfg.to_dict()
    assert not re.search('import |change_steps', (tmp_path / 'dumped.py').read_text())
