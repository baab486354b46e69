"""Studies name what there is, and what is published is consistent."""

import json

import numpy as np
import pytest
from mmengine.config import Config

from helpers import ROOT

FOLDER = ROOT / 'tools' / 'evidence'
PUBLISHED = sorted((ROOT / 'docs' / 'evidence').glob('*.json'))


def test_studies_name_what_there_is(study_module, tmp_path):
    for path in sorted((FOLDER / 'studies').glob('*.py')):
        study = study_module.Study(path, tmp_path)
        rows = study.rows.values()
        configs = [row['train'] for row in rows if 'train' in row]
        configs += [test['config'] for test in study.tests.values()]
        configs += [config for row in rows for config in row.get('configs', {}).values()]
        for config in configs:
            Config.fromfile(ROOT / config)
        for row in rows:
            for option in row.get('options', ()):
                value = Config.fromfile(ROOT / row['train'])
                for key in option.split('.'):  # that are there, or a slip would change nothing
                    value = value[int(key) if isinstance(value, list) else key]
            for key in ('weights', 'load_from'):
                name, _, other = row.get(key, '/').partition('/')
                if name:
                    assert other in study_module.Study(path.with_stem(name), tmp_path).rows


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        ("('all', 'equi_aux')", "('everything',)", "names the row 'everything'"),
        ('random=dict()', "random=dict(options={'model.x': 1})", "'random', which is not trained"),
        ("features='configs/motion/flow", "others='configs/motion/flow", "'others', which is no"),
    ],
)
def test_studies_that_name_what_there_is_not_are_refused(study_module, tmp_path, old, new, message):
    text = (FOLDER / 'studies/motion.py').read_text()
    (tmp_path / 'bad.py').write_text(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=message):
        study_module.Study(tmp_path / 'bad.py', tmp_path)


@pytest.mark.parametrize('path', PUBLISHED, ids=lambda path: path.stem)
def test_what_is_published(path):
    facts = json.loads(path.read_text())
    page = path.with_suffix('.md').read_text()
    study = Config.fromfile(FOLDER / 'studies' / path.name.replace('.json', '.py'))
    assert list(facts['rows']) == list(study.rows)
    for row, figures in facts['rows'].items():
        for name, figure in figures.items():
            assert name in study.figures
            seeds = 1 if 'configs' in study.rows[row] else len(study.seeds)
            count = len(figure['values'])
            assert 1 <= count <= seeds and figure['commits']
            assert figure['mean'] == pytest.approx(np.mean(figure['values']), abs=2e-4)
            cell = f'{figure["mean"]:.1f}'
            if count > 1:
                assert figure['std'] == pytest.approx(np.std(figure['values'], ddof=1), abs=2e-4)
                cell += f' ± {figure["std"]:.1f}'
            some = '' if count == seeds else f' ({count} of {seeds} seeds)'
            (line,) = [line for line in page.splitlines() if line.startswith(f'| `{row}`{some} |')]
            assert cell in line
