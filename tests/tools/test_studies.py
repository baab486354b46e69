"""Studies name what there is, and what is published is consistent."""

import importlib
import inspect
import json
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from mmaction.registry import HOOKS, MODELS, TASK_UTILS, TRANSFORMS
from mmengine.config import Config

from helpers import ROOT
from processes import run
from reporting.run_folders import equivariance_record, retrieval_record, write_evaluation
from tev_mmaction.weights import get_weights

FOLDER = ROOT / 'tools' / 'evidence'
PUBLISHED = sorted((ROOT / 'docs' / 'evidence').glob('*.json'))


def arguments_of(cfg):
    """Of the class that a config names, and of its bases."""
    registries = (MODELS, TRANSFORMS, TASK_UTILS, HOOKS)
    built = next(found for each in registries if (found := each.get(cfg['type'])))
    return {name for each in built.__mro__ for name in inspect.signature(each.__init__).parameters}


@pytest.mark.parametrize('name', ['methods', 'methods_tried', 'methods_real'])
def test_methods_are_trained_with_as_many_clips_and_steps(study_module, tmp_path, name):
    study = study_module.Study(FOLDER / f'studies/{name}.py', tmp_path)
    for row, settings in study.rows.items():
        if 'train' not in settings:
            continue
        cfg = Config.fromfile(ROOT / settings['train'])
        cfg.merge_from_dict(settings['options'])
        loader, clips = cfg.train_dataloader, 1
        if 'clip_sampler' in loader.dataset:
            sampler = dict(type='RelativeTransformSampler') | loader.dataset.clip_sampler
            sampler = TASK_UTILS.build(sampler)
            length, rng = max(sampler.min_frames, 64), np.random.default_rng(0)
            clips = len(sampler.place(sampler.sample(length, rng), length, rng).clips)
        assert 90 <= loader.batch_size * clips <= 96, row
        videos = 540 if name == 'methods_real' else 960
        steps = cfg.train_cfg.max_epochs * (videos // loader.batch_size)
        assert 560 <= steps / (3 if row.endswith('_long') else 1) <= 640, (row, steps)


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
            trained = Config.fromfile(ROOT / row['train']) if 'options' in row else None
            for option in row.get('options', ()):  # a slip would change nothing
                value = trained
                for key in option.split('.'):
                    if isinstance(value, dict) and key not in value:
                        assert key in arguments_of(value)
                        break
                    value = value[int(key) if isinstance(value, list) else key]
            begun = [row.get(key, '') for key in ('weights', 'load_from')]
            named = [v for v in map(str, row.get('options', {}).values()) if v[:6] == 'run://']
            for each in (*begun, *(value[6:] for value in named)):
                name, address, other = each.partition('/')
                if name == 'tev:':
                    get_weights(each)
                elif address:
                    assert other in study_module.Study(path.with_stem(name), tmp_path).rows


def test_files_that_rows_name_are_made_before(study_module, tmp_path):
    for path in sorted((FOLDER / 'studies').glob('*.py')):
        study = study_module.Study(path, tmp_path)
        made = {step['makes'] for step in study.prepare}
        made |= {f'{Path(name).parent}/narrations.jsonl' for name in made}  # written before
        values = [v for row in study.rows.values() for v in row.get('options', {}).values()]
        named = {v for v in values if str(v).startswith('data/') and Path(v).suffix}
        assert named <= made, path.stem


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        ("('all', 'equi_aux')", "('everything',)", "names the row 'everything'"),
        ('random=dict()', "random=dict(options={'model.x': 1})", "'random', which is not trained"),
        (
            "features='configs/studies/motion/flow",
            "others='configs/studies/motion/flow",
            "'others', which is no",
        ),
    ],
)
def test_studies_that_name_what_there_is_not_are_refused(study_module, tmp_path, old, new, message):
    text = (FOLDER / 'studies/motion.py').read_text()
    (tmp_path / 'bad.py').write_text(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=message):
        study_module.Study(tmp_path / 'bad.py', tmp_path)


@pytest.mark.parametrize('path', PUBLISHED, ids=lambda path: path.stem)
def test_what_is_published(path, study_module, tmp_path):
    facts = json.loads(path.read_text())
    page = path.with_suffix('.md').read_text()
    study = study_module.Study(FOLDER / 'studies' / f'{path.stem}.py', tmp_path)
    assert list(facts['rows']) == list(study.rows)
    for row, figures in facts['rows'].items():
        for name, figure in figures.items():
            assert name in study.figures
            seeds = len(study.seeds_of(row))
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


def test_unknown_studies_rows_and_seeds_are_refused(evidence, tmp_path, capsys):
    done = run(FOLDER / 'run.py', tmp_path / 'none.py')
    assert done.returncode == 2 and 'there is no study' in done.stderr and 'motion' in done.stderr
    with pytest.raises(SystemExit) as stop:
        evidence('motion', '--rows', 'all', 'everything')
    assert stop.value.code == 2
    assert '--rows everything: no study has such rows' in capsys.readouterr().err
    with pytest.raises(SystemExit):
        evidence('motion', '--seeds', '1', '7')
    assert '--seeds 7: no study has such seeds' in capsys.readouterr().err
    with pytest.raises(SystemExit):
        evidence('motion', '--rows', 'flow', '--seeds', '1')
    assert 'no row of --rows has a seed of --seeds' in capsys.readouterr().err


STUDY = """
title = 'Random weights'
data_root = 'data'
seeds = (0,)
rows = dict(random=dict(), gone=dict())
tests = dict(features=dict(config='configs/studies/demo/evaluate_r3d10.py'))
figures = dict(
    nn1=dict(test='features', metric='RetrievalMetric', result='nn1', label='1-NN, %'),
    shift=dict(test='features', metric='EquivarianceMetric', result='shift_r2', label='R2'))
matrices = [dict(test='features', row='random')]
"""


def test_networks_of_the_package_are_rows_without_training(study_module, tmp_path):
    text = STUDY.replace('gone=dict()', "shipped=dict(weights='tev://r3d10-motion')")
    text = text.replace('seeds = (0,)', 'seeds = (0, 1)').replace("row='random'", "row='shipped'")
    text += "tests['drawn'] = dict(tests['features'], options={'model.x': '{seed}'}, rows=())\n"
    (tmp_path / 'one.py').write_text(text)
    study = study_module.Study(tmp_path / 'one.py', tmp_path)
    run = study_module.Run(study, 'shipped', 0)
    assert study.seeds_of('shipped') == [0] and study.seeds_of('random') == [0, 1]
    assert run.training() is None
    assert run.testing('features')[2] == run.checkpoint == 'tev://r3d10-motion'
    study.tests['drawn']['rows'] = ('shipped',)
    assert study.seeds_of('shipped') == [0, 1]


TRAINED = """
rows['begun'] = dict(train='configs/studies/motion/tev_r3d10.py')
rows['trained'] = dict(
    train='configs/studies/motion/tev_r3d10.py',
    options={'model.x': 'run://one/begun', 'model.y': '{seed}'},
    test_options={'model.residual': True},
    configs=dict(features='configs/studies/motion/evaluate_r3d10.py'))
rows['untrained'] = dict(random_init=True, configs=rows['trained']['configs'])
rows['elsewhere'] = dict(weights='one/trained', configs=rows['trained']['configs'])
rows['made'] = dict(configs=rows['trained']['configs'])
tests['kinds'] = dict(config='configs/studies/motion/evaluate-kinds_r3d10.py')
"""


def test_rows_whose_networks_take_other_inputs(study_module, tmp_path):
    (tmp_path / 'one.py').write_text(STUDY.replace('(0,)', '(0, 1)') + TRAINED)
    study = study_module.Study(tmp_path / 'one.py', tmp_path)
    run = study_module.Run(study, 'trained', 1)
    assert study.seeds_of('trained') == [0, 1] and run.tests() == ['features']
    with pytest.raises(ValueError, match='run the study one first'):
        run.training()
    folder = tmp_path / 'one/begun/seed1'
    folder.mkdir(parents=True)
    (folder / 'last_checkpoint').write_text('elsewhere/epoch_7.pth')
    done = dict(command='python tools/train.py a.py', seconds=None)
    (folder / 'run.json').write_text(json.dumps(dict(commands=[done], commits=[])))
    with pytest.raises(ValueError, match='begun/seed1 has no finished training'):
        run.training()  # it was stopped, or goes on
    done['seconds'] = 1.5
    (folder / 'run.json').write_text(json.dumps(dict(commands=[done], commits=[])))
    assert run.training()[-2:] == [f'model.x={folder}/epoch_7.pth', 'model.y=1']
    tested = run.testing('features')
    assert tested[1:3] == ['configs/studies/motion/evaluate_r3d10.py', run.checkpoint]
    assert tested[-1] == 'model.residual=True'
    assert study.seeds_of('elsewhere') == [0, 1] and study.seeds_of('made') == [0]
    untrained = study_module.Run(study, 'untrained', 1)
    assert study.seeds_of('untrained') == [0, 1] and untrained.training() is None
    tested = untrained.testing('features')
    assert '--random-init' in tested and 'randomness.seed=1' in tested


def test_trainings_follow_those_that_they_begin_with(evidence, study_module, tmp_path, monkeypatch):
    tool, order = sys.modules['run'], []
    config = 'configs/studies/motion/tev_r3d10.py'
    last = f"rows['last'] = dict(train={config!r}, load_from='one/trained')\n"
    (tmp_path / 'one.py').write_text(STUDY + last + TRAINED)
    study = study_module.Study(tmp_path / 'one.py', tmp_path)

    def train(run, threads):
        order.append(f'{run.row} begins')
        time.sleep(0.05 if run.row == 'begun' else 0)
        order.append(f'{run.row} ends')

    monkeypatch.setattr(tool, 'train', train)
    monkeypatch.setattr(tool, 'test', lambda run, threads: order.append('test'))
    assert tool.do_all(list(study.runs()), 4, 1)
    for first, second in (('begun', 'trained'), ('trained', 'last')):
        assert order.index(f'{first} ends') < order.index(f'{second} begins')
    assert order[-len(study.rows) :] == ['test'] * len(study.rows)


def test_a_training_that_was_stopped_after_its_last_checkpoint_is_done(
    evidence, study_module, tmp_path
):
    (tmp_path / 'one.py').write_text(STUDY + TRAINED)
    study = study_module.Study(tmp_path / 'one.py', tmp_path)
    source = study_module.Run(study, 'begun', 0)
    source.folder.mkdir(parents=True)
    stopped = dict(command='python tools/train.py a.py', seconds=None)
    record = dict(commands=[stopped], commits=['0123abc'])
    (source.folder / 'run.json').write_text(json.dumps(record))
    Path(source.checkpoint).touch()
    (source.folder / 'last_checkpoint').write_text(source.checkpoint)
    sys.modules['run'].train(source, 1)
    (done,) = source.record()['commands']
    assert done['command'] == stopped['command'] and 0 <= done['seconds'] < 60
    begins = study_module.Run(study, 'trained', 0).training()
    assert f'model.x={source.checkpoint}' in begins


def test_nothing_begins_after_a_stop(evidence, tmp_path):
    tool = sys.modules['run']
    tool.stop()
    try:
        with pytest.raises(RuntimeError, match=r'python tools/train\.py was not begun'):
            tool.call(['tools/train.py'], tmp_path / 'out', 1)
    finally:
        tool.STOPPED.clear()
    assert not tool.CALLS


def test_a_page_is_made_of_records(study_module, tmp_path):
    summary = importlib.import_module('summary')
    (tmp_path / 'one.py').write_text(STUDY)
    study = study_module.Study(tmp_path / 'one.py', tmp_path / 'work')
    records = [retrieval_record([]), equivariance_record()]
    folder = tmp_path / 'work/one/random/seed0/features'
    write_evaluation(folder, records, loaded_from=None)
    other = retrieval_record([])
    other.results['nn1'] = 0.25
    write_evaluation(folder, [other], name='20260101_100000', loaded_from=None)  # an older one
    summary.write(study, tmp_path / 'out')
    facts = json.loads((tmp_path / 'out/one.json').read_text())
    found = facts['rows']['random']
    assert found['nn1']['values'] == [50.0] and found['shift']['values'] == [62.5]
    assert facts['rows']['gone'] == {} and facts['chance']['nn1'] == 40.0
    (said,) = [words for name, words in facts['protocols'].items() if 'Retrieval' in name]
    assert said.endswith('clip_len 4, metric cosine, gallery 12, queries 8, classes 2')
    page = (tmp_path / 'out/one.md').read_text()
    assert '| `random` | 50.0 | 62.5 |' in page and '**Not run yet**: gone.' in page
    assert (tmp_path / 'out/one_matrix_random.png').stat().st_size > 1000


def test_a_config_that_was_moved_has_one_protocol(study_module, tmp_path):
    record = importlib.import_module('record')
    (tmp_path / 'one.py').write_text(STUDY)
    study = study_module.Study(tmp_path / 'one.py', tmp_path / 'work')
    folder = tmp_path / 'work/one/random/seed0/features'
    write_evaluation(folder, [retrieval_record([])], loaded_from=None)
    (name,) = said = record.facts_of(study, {})['protocols']
    assert name == '`RetrievalMetric` (features, `configs/studies/demo/evaluate_r3d10.py`)'
    old = {name.replace('studies/demo/', ''): 'as it was', '`RetrievalMetric` (gone, `x.py`)': ''}
    after = record.facts_of(study, dict(seeds=[0], protocols=old))['protocols']
    assert set(after) == {*said, '`RetrievalMetric` (gone, `x.py`)'}
