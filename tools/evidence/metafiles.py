"""Write the metafiles of the configs that docs/evidence or the package's weights have results of.

    python tools/evidence/metafiles.py

They have MMAction2's format, so ``mim search tev_mmaction`` reads them. All of it comes from the
evidence, the weights and the configs: run this again when one of these changes.
"""

import argparse
from functools import cache
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import torch
import yaml
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from record import read_facts
from study import ROOT, Study

from tev_mmaction.files import write_file
from tev_mmaction.weights import NamedWeights, get_weights, list_weights

COLLECTION = dict(
    Name='Time-Equivariant Contrastive',
    README='configs/README.md',
    Paper=dict(
        URL='https://arxiv.org/abs/2112.03624',
        Title='Time-Equivariant Contrastive Video Representation Learning',
    ),
)
# Task and metric of each result of an evaluation, in percent; R² × 100 likewise.
RESULTS = {
    'nn1': ('Video Retrieval', '1-NN'),
    'R@5': ('Video Retrieval', 'R@5'),
    'top1': ('Linear Probing', 'Linear SVM'),
    'which_way': ('Opposite Motions', 'Which Way'),
    'opposites': ('Opposite Motions', 'Linear SVM of Opposites'),
    'shift_r2': ('Equivariance', 'R2 of the Shift'),
    'speed_r2': ('Equivariance', 'R2 of the Speed'),
    'direction_acc': ('Equivariance', 'Direction'),
    'acc_equivariance': ('Pretext Tasks', 'Equivariance Top 1'),
}
DATA = {'data/motion': 'motion benchmark, generated', 'data/real': 'real clips'}
HEAD = '# Written by tools/evidence/metafiles.py.\n'


def metafiles() -> Dict[str, str]:
    """Texts of the index and of the metafiles, by their paths in the project."""
    folders: Dict[str, List[dict]] = {}
    models = [*studied_models(), *(shipped_model(get_weights(name)) for name in list_weights())]
    for model in sorted(models, key=lambda model: model['Name']):
        folders.setdefault(Path(model['Config']).parent.as_posix(), []).append(model)
    files: Dict[str, Any] = {
        f'{folder}/metafile.yml': dict(Collections=[COLLECTION], Models=found)
        for folder, found in folders.items()
    }
    files['model-index.yml'] = dict(Import=sorted(files))
    return {
        path: HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
        for path, content in files.items()
    }


def studied_models() -> List[dict]:
    """Of each config that a study trains as it stands: what the page of any study says of it."""
    paths = sorted(Path(__file__).parent.glob('studies/*.py'))
    studies = {path.stem: Study(path, Path('work_dirs/evidence')) for path in paths}
    models: Dict[str, dict] = {}
    for study in studies.values():
        facts = read_facts(ROOT / 'docs' / 'evidence' / f'{study.name}.json')
        for row, figures in facts.get('rows', {}).items():
            config, first = config_of(row, study, studies)
            figures = {name: found for name, found in figures.items() if as_it_stands(study, name)}
            if config is None or not figures or not is_pretraining(config):
                continue
            name = name_of(config) + (f' from {name_of(first)}' if first else '')
            if name not in models:
                pretrained = name_of(first) if first else 'None'
                models[name] = model_of(name, config, pretrained, facts['machine'])
            seeds = max(len(figure['values']) for figure in figures.values())
            models[name]['Metadata']['Evidence'] += [
                f'docs/evidence/{study.name}.md, row {row}, seeds: {seeds}'
            ]
            for figure, found in figures.items():
                test, result = study.figures[figure]['test'], study.figures[figure]['result']
                data = split_of(study.tests[test]['config'])
                add_result(models[name]['Results'], data, result, round(found['mean'], 1))
    for model in models.values():
        model['Metadata']['Evidence'] = '; '.join(model['Metadata']['Evidence'])
    return list(models.values())


def as_it_stands(study: Study, figure: str) -> bool:
    """Whether a figure comes from a test by a config without other options."""
    return not study.tests[study.figures[figure]['test']].get('options')


@cache
def is_pretraining(config: str) -> bool:
    """Whether a config trains without labels, as the methods of the collection do."""
    return Config.fromfile(ROOT / config).model.type == 'TimeEquivariantRecognizer'


def config_of(
    row: str, study: Study, studies: Dict[str, Study]
) -> Tuple[Optional[str], Optional[str]]:
    """The config that a row was trained by, unchanged, and that of the weights it began with."""
    settings = study.rows.get(row, {})
    if any('://' in settings.get(key, '') for key in ('weights', 'load_from')):
        return None, None  # of the package, with results of its own
    if 'weights' in settings:
        other, _, row = settings['weights'].partition('/')
        return config_of(row, studies[other], studies)
    changed = {key for key in settings.get('options', {}) if not key.endswith('data_root')}
    if 'train' not in settings or changed:
        return None, None
    if 'load_from' not in settings:
        return settings['train'], None
    other, _, row = settings['load_from'].partition('/')
    first, before = config_of(row, studies[other], studies)
    return (settings['train'], first) if first and not before else (None, None)


def shipped_model(weights: NamedWeights) -> dict:
    """A network that comes with the package, with the results of its record."""
    training = weights.training
    model = model_of(weights.name, training['config'], 'None', training['machine'])
    model['Metadata'].update(
        {'Training Data': training['data'], 'Evidence': f'docs/weights.md#{weights.name}'}
    )
    for result in weights.results:
        values = result['value'].split(' / ')
        names = ['nn1', 'top1']
        if len(values) == 1:
            names = ['which_way' if 'which way' in result['figure'] else 'opposites']
        for name, value in zip(names, values):
            add_result(model['Results'], split_of(result['command'].split()[2]), name, float(value))
    return {**model, 'Weights': weights.address}


def model_of(name: str, config: str, pretrained: str, machine: str) -> dict:
    """What the config says, without results yet."""
    cfg = Config.fromfile(ROOT / config)
    init_default_scope(cfg.default_scope)
    with torch.device('meta'):
        backbone = MODELS.build(cfg.model.backbone)
    data = cfg.train_dataloader.dataset
    (size,) = {step['size'] for step in data.pipeline if 'size' in step}
    return dict(
        Name=name,
        Config=config,
        **{'In Collection': COLLECTION['Name']},
        Metadata={
            'Architecture': f'R3D-{cfg.model.backbone.depth}',
            'Batch Size': cfg.auto_scale_lr.base_batch_size,
            'Epochs': cfg.train_cfg.max_epochs,
            'Parameters': f'{sum(p.numel() for p in backbone.parameters()) / 1e6:.2f}M',
            'Pretrained': pretrained,
            'Resolution': f'{size}x{size}',
            'Training Data': DATA.get(data.data_root, data.data_root),
            'Training Resources': machine,
            'Evidence': [],
        },
        Modality='RGB',
        Results=[],
    )


def add_result(results: List[dict], data: str, name: str, value: float) -> None:
    """Add a figure to those of its data set and task."""
    task, metric = RESULTS[name]
    for result in results:
        if (result['Dataset'], result['Task']) == (data, task):
            if result['Metrics'].setdefault(metric, value) != value:
                raise ValueError(f'{metric} on {data} is {result["Metrics"][metric]} and {value}')
            return
    results.append(dict(Dataset=data, Task=task, Metrics={metric: value}))


@cache
def split_of(config: str) -> str:
    """What a config of an evaluation is of."""
    evaluators = Config.fromfile(ROOT / config).test_evaluator
    first = evaluators[0] if isinstance(evaluators, list) else evaluators
    return first.get('protocol', first).split


def name_of(config: str) -> str:
    """Folder and name of a config: configs of several studies have the same names."""
    path = Path(config)
    return f'{path.parent.name}/{path.stem}'


def write_metafiles() -> None:
    """Write them all."""
    for path, text in metafiles().items():
        write_file(ROOT / path, text)
        print(path)


if __name__ == '__main__':
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    write_metafiles()
