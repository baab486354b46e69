"""Runs every config named on the command line for one iteration, each in a process of its own.

Run as a script by ``test_every_config.py``. Every config is run in a fork of this process, which
has imported all that is slow, and has to name the plugin among its imports. All that is built from
the config is recorded with the arguments that were declared for it, and each of these must be found
on the object, see :mod:`declared`.
"""

import importlib
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

# Beforehand, as they are slow: what every fork needs.
import av  # noqa: F401
import decord  # noqa: F401
import matplotlib.pyplot  # noqa: F401
import mmaction.datasets
import mmaction.evaluation
import mmaction.visualization  # noqa: F401
import mmengine.config
import mmengine.runner
import safetensors.torch  # noqa: F401
import sklearn.svm  # noqa: F401
import torch
import torch._dynamo
from mmaction.registry import TASK_UTILS
from mmengine.config import Config
from mmengine.registry import Registry, init_default_scope

import declared
import tiny_backbones

# What a log says of the machine, and the layout of a config in it, take longer than the iteration.
mmengine.runner.runner.collect_env = dict
mmengine.config.config.FormatCode = lambda text, **style: (text, True)

ROOT = Path(__file__).parents[1]
BATCH, FRAMES, SIZE = 4, 8, 32  # S3D-G takes no fewer frames
SHORTEST = 40  # of the videos of train.txt
CHANNELS = dict(VideoResNet=4, S3DG=8)
# Widths of the parts of a summary with FRAMES frames, in base channels.
SUMMARISED = {2: 2 * 2, 3: 4, 4: 8}


def narrated(folder: str) -> dict:
    """Where the sentences of the generated clips are, and their words."""
    return dict(
        vocabulary=os.path.join(folder, 'words.txt'),
        narrations=os.path.join(folder, 'sentences.jsonl'),
    )


def shrink_model(model: dict, folder: str) -> None:
    """Narrow our backbone; what else there is stays as it is declared."""
    if model.backbone.type not in CHANNELS:  # hand-made: nothing to narrow
        return
    usual = model.backbone.get('base_channels', 64)
    model.backbone.base_channels = CHANNELS[model.backbone.type]
    widths = ((model, 'feature_dim'), (model.get('cls_head', {}), 'in_channels'))
    for part, key in widths:
        if 'summary' in model.backbone and key in part:  # of fewer frames, too
            part[key] = summarised_width(model.backbone, usual)
    for part, key in widths:
        if key in part:
            part[key] = part[key] * model.backbone.base_channels // usual
    for head in model.get('heads', {}).values():
        if head and 'num_clusters' in head:
            head.num_clusters = 2  # of few videos
        if head and 'text_encoder' in head:
            head.text_encoder.update(vocabulary=narrated(folder)['vocabulary'])
        if head and 'widths' in head:
            head['widths'] = [w * model.backbone.base_channels // usual for w in head['widths']]
        if head and 'frames_per_step' in head:
            head.frames_per_step = FRAMES
        if head and 'other' in head:
            head.other.backbone.base_channels = model.backbone.base_channels
            head.other.feature_dim = model.feature_dim


def summarised_width(backbone: dict, channels: int) -> int:
    """Width of the summary of a backbone, with FRAMES frames."""
    longer = 1 if backbone.get('stem_pool', True) else 2
    width = 0
    for stage, pooling in backbone.summary:
        rows, _, columns = pooling.partition('x')
        cells = int(rows) * int(columns) if columns else 1
        width += SUMMARISED[stage] * cells * (1 if pooling == 'space-time' else longer)
    return channels * width


def shrink_pipeline(pipeline: list) -> None:
    """Few frames of few pixels."""
    for step in pipeline:
        if 'size' in step:
            step.size = SIZE
        if 'scale' in step:
            step.scale = (-1, SIZE) if -1 in step.scale else (SIZE, SIZE)
        if 'crop_size' in step:
            step.crop_size = SIZE
        if 'clip_len' in step:
            step.clip_len = min(FRAMES, step.clip_len)


def shrink_other(cfg: Config, folder: str, name: str) -> None:
    """A config of backbones/, whose networks take clips of their own length."""
    tiny = tiny_backbones.TINY[name]
    cfg.model.feature_dim = tiny_backbones.shrink(cfg.model, name)
    loader = cfg.train_dataloader
    frames = loader.dataset.clip_sampler.clip_len
    shrink_loader(loader, folder)
    loader.dataset.ann_file = 'long.txt'
    loader.dataset.clip_sampler.clip_len = frames
    loader.dataset.pipeline[0]['size'] = tiny.size


def shrink_stock(cfg: Config, name: str) -> None:
    """A config of supervised/ with a network of MMAction2, without weights to download."""
    stock = tiny_backbones.STOCK[name]
    cfg.model.backbone.update(pretrained=None, **stock.changes)
    cfg.model.cls_head.in_channels = stock.feature_dim
    for part in ('train', 'val', 'test'):
        for step in cfg[f'{part}_dataloader'].dataset.pipeline:
            if step.type == 'SampleFrames':
                step.clip_len = stock.frames
            for key in ('scale', 'crop_size'):
                if key in step:
                    step[key] = (stock.size, stock.size) if key == 'scale' else stock.size


def shrink_loader(loader: dict, folder: str) -> None:
    """Generated clips instead of the data set, in this process."""
    loader.update(batch_size=min(loader.batch_size, BATCH), num_workers=0)
    loader.pop('persistent_workers', None)
    data = loader.dataset
    data.update(data_root=folder, ann_file='train.txt')
    data['data_prefix'] = dict(video='')
    if 'gallery_ann_file' in data:
        data.update(gallery_ann_file='gallery.txt', ann_file='query.txt', class_file='classes.txt')
    elif 'class_file' in data:  # of as many classes as a config declares
        data.class_file = ''
    if 'clip_sampler' in data:
        data.clip_sampler.clip_len = min(FRAMES, data.clip_sampler.clip_len)
        usual = dict(type='RelativeTransformSampler')
        if TASK_UTILS.build(data.clip_sampler, default_args=usual).min_frames > SHORTEST:
            data.ann_file = 'long.txt'
    for step in data.pipeline:
        if 'tracks' in step:
            step.tracks = os.path.join(folder, 'tracks.npz')
        if 'vocabulary' in step:
            step.update(narrated(folder))
        for key in ('scenes', 'boxes'):
            if key in step:
                step[key] = os.path.join(folder, f'{key}.csv')
    shrink_pipeline(data.pipeline)


def vary(part):
    """Every real number a little less, so that no default is taken for what was declared."""
    if isinstance(part, float):
        return 0.9 * part
    if isinstance(part, (list, tuple)):
        return type(part)(vary(each) for each in part)
    if isinstance(part, dict):
        for key, value in part.items():
            part[key] = vary(value)
    return part


def shrink(cfg: Config, folder: str) -> None:
    """The config at a size that runs in a second."""
    name = Path(cfg.filename).stem
    if name in tiny_backbones.TINY:
        return shrink_other(cfg, folder, name)
    shrink_model(cfg.model, folder)
    for part in ('train', 'val', 'test'):
        if f'{part}_dataloader' in cfg:
            shrink_loader(cfg[f'{part}_dataloader'], folder)
        evaluators = cfg.get(f'{part}_evaluator', [])
        for evaluator in evaluators if isinstance(evaluators, list) else [evaluators]:
            if 'protocol' in evaluator:
                length = evaluator.protocol.clip_len and min(FRAMES, evaluator.protocol.clip_len)
                evaluator.protocol.update(clip_len=length, size=SIZE)
            if 'opposites' in evaluator:
                evaluator.opposites = [('a', 'b')]
    if name in tiny_backbones.STOCK:
        shrink_stock(cfg, name)
    if cfg.model.backbone.get('dilated_last'):  # a head counts the time steps of the map
        data = cfg.train_dataloader.dataset
        data.clip_sampler.clip_len, data.ann_file = 2 * FRAMES, 'long.txt'


def record_builds() -> list:
    """From now on, (declared arguments, object) of all that any registry builds."""
    built, build = [], Registry.build

    def recorded(self, cfg, *args, **kwargs):
        declared = dict(cfg) if isinstance(cfg, dict) else None
        obj = build(self, cfg, *args, **kwargs)
        if declared is not None:
            built.append((declared, obj))
        return obj

    Registry.build = recorded
    return built


def run(path: str, folder: str, out: str) -> dict:
    """Facts of one config."""
    cfg = Config.fromfile(path)
    assert 'tev_mmaction' in cfg.custom_imports.imports, 'the config does not bring the plugin'
    shrink(cfg, folder)
    parts = [cfg.model[key] for key in ('heads', 'cls_head') if key in cfg.model]
    for part in (*parts, cfg.get('optim_wrapper'), cfg.get('param_scheduler')):
        vary(part)
    if 'train_dataloader' in cfg:
        vary(cfg.train_dataloader.dataset.pipeline)
    cfg.work_dir = out
    cfg.experiment_name = Path(path).stem
    init_default_scope(cfg.default_scope)
    hooks = [hook.type for hook in cfg.get('custom_hooks', [])]
    if cfg.get('load_from') or 'BackboneWeightsHook' in hooks:  # of a run that is not there
        cfg.load_from = declared.checkpoint(cfg, out)
    for head in cfg.model.get('heads', {}).values():
        if head and 'other' in head:
            head.other.checkpoint = cfg.load_from
    built = record_builds()
    runner = mmengine.runner.Runner.from_cfg(cfg)
    figures = declared.train_once(runner) if 'train_dataloader' in cfg else runner.test()
    return dict(figures=figures, missing=declared.missing(cfg, runner, built), built=len(built))


def main() -> None:
    """Fork, run, report: one line of JSON a config."""
    torch.set_num_threads(1)
    folder, *paths = sys.argv[1:]
    importlib.import_module('tev_mmaction')
    for path in paths:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            with tempfile.TemporaryDirectory() as out, os.fdopen(writer, 'w') as pipe:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                try:
                    facts = run(path, folder, out)
                except BaseException:
                    facts = dict(error=traceback.format_exc()[-3000:])
                json.dump(facts, pipe)
                pipe.flush()
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            text = pipe.read()
        os.waitpid(child, 0)
        print(json.dumps([path, json.loads(text or '{"error": "died"}')]), flush=True)


if __name__ == '__main__':
    main()
