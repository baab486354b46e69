"""Whether what a config declares is found on the objects that were built from it."""

from collections.abc import Mapping
from contextlib import suppress

import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.hooks import Hook

# Read by the registry or while building, not by the object.
OURS = ('tev_mmaction', 'mmaction.models.recognizers', 'mmaction.models.heads')
CONSUMED = {'type', '_scope_', 'convert_to_iter_based', 'priority'}


def normal(value):
    """Comparable whatever container it is in."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        return tuple(value.flatten().tolist())
    if isinstance(value, Mapping):
        return {key: normal(v) for key, v in value.items()}
    if isinstance(value, (list, tuple, set)):
        return tuple(normal(v) for v in value)
    if isinstance(value, float):
        return float(np.float32(value))
    return value


def holds_types(value) -> bool:
    """Whether a value declares further objects, which are recorded themselves."""
    if isinstance(value, Mapping):
        return 'type' in value or any(holds_types(v) for v in value.values())
    return isinstance(value, (list, tuple)) and any(holds_types(v) for v in value)


def found(obj, key, value) -> bool:
    """Whether an object bears a declared argument."""
    for name in (key, f'_{key}'):
        if hasattr(obj, name) and normal(getattr(obj, name)) == normal(value):
            return True
    defaults = getattr(obj, 'defaults', {})  # of an optimizer
    if key in defaults and normal(defaults[key]) == normal(value):
        return True
    alias = ALIASES.get((type(obj).__name__, key))
    return alias is not None and alias(obj, value)


def ends_with(name):
    """A path that was joined to the data set's root."""
    return lambda obj, value: (
        normal(getattr(obj, name)) == value or str(getattr(obj, name)).endswith(value)
    )


def prefixes(obj, value) -> bool:
    return all(obj.data_prefix[key].rstrip('/').endswith(path) for key, path in value.items())


def square(obj, value) -> bool:
    size = obj.crop_size if hasattr(obj, 'crop_size') else (obj.width, obj.height)
    return normal(size) == (normal(value) if isinstance(value, (list, tuple)) else (value, value))


def passed(obj, value) -> bool:
    """Not declared in the config, but given by Runner."""
    return True


# Where an object keeps an argument under another name, or in another form.
ALIASES = {
    ('ActionVisualizer', 'name'): passed,
    ('ActionVisualizer', 'save_dir'): passed,
    ('AdamW', 'params'): passed,
    ('SGD', 'params'): passed,
    ('DefaultOptimWrapperConstructor', 'paramwise_cfg'): lambda o, v: v is None,
    ('LogProcessor', 'mean_pattern'): lambda o, v: o.mean_pattern.pattern == v,
    ('CheckpointHook', 'save_best'): lambda o, v: o.key_indicators == [v],
    ('CheckpointHook', 'rule'): lambda o, v: set(o.rules) == {v},
    ('SoundCheckpointHook', 'save_best'): lambda o, v: o.key_indicators == [v],
    ('SoundCheckpointHook', 'rule'): lambda o, v: set(o.rules) == {v},
    ('ClipPairDataset', 'clip_sampler'): lambda o, v: all(
        found(o.clip_sampler, key, value) for key, value in v.items()
    ),
    ('Resize', 'scale'): lambda o, v: (
        [x for x in o.scale if x != np.inf] == [x for x in v if x > 0]
    ),
    ('CenterCrop', 'crop_size'): square,
    ('ThreeCrop', 'crop_size'): square,
    ('ClipRandomResizedCrop', 'size'): square,
    ('ClipGridCrop', 'size'): square,
    ('MultiStepLR', 'milestones'): lambda o, v: sorted(o.milestones.elements()) == list(v),
    ('PackActionInputs', 'meta_keys'): lambda o, v: set(v) <= set(o.meta_keys),
    ('ClipPairDataset', 'decoder'): lambda o, v: v in (o.decoder, 'auto'),
    ('OptimWrapper', 'clip_grad'): lambda o, v: o.clip_grad_kwargs == v,
    ('TimeEquivariantRecognizer', 'channels_last'): lambda o, v: (
        (o.memory_format != torch.contiguous_format) == v
    ),
    ('TimeEquivariantRecognizer', 'chunk_size'): lambda o, v: o.chunks.chunk_size == v,
    ('LabelHead', 'label'): lambda o, v: o.label_name == v,
    ('FrameLabelHead', 'label'): lambda o, v: o.label_name == v,
    ('SwAVHead', 'num_prototypes'): lambda o, v: len(o.prototypes) == v,
    ('MaskedClipHead', 'num_layers'): lambda o, v: len(o.transformer.layers) == v,
    ('MaskedClipHead', 'num_heads'): lambda o, v: o.transformer.layers[0].self_attn.num_heads == v,
    ('DebiasedHead', 'scene_layers'): lambda o, v: len(o.scene_mlp) == 3 * v + 1,
    ('WordEncoder', 'hidden'): lambda o, v: o.first.out_features == v,
    ('WordEncoder', 'word_dim'): lambda o, v: o.words.embedding_dim == v,
    ('ClipOrderHead', 'dropout'): lambda o, v: o.classifier.classify[0].p == v,
    ('VideoResNet', 'depth'): lambda o, v: v == 2 + 2 * sum(len(stage) for stage in o.stages()[1:]),
    ('VideoResNet', 'base_channels'): lambda o, v: o.stem[-2].num_features == v,
    ('VideoResNet', 'stem_kernel'): lambda o, v: o.stem[0].kernel_size == tuple(v),
    ('VideoResNet', 'factorised'): lambda o, v: (len(o.stem) == 6) == v,
    ('VideoResNet', 'stem_pool'): lambda o, v: isinstance(o.pool, torch.nn.MaxPool3d) == v,
    ('VideoResNet', 'dilated_last'): lambda o, v: (o.layer4[0].conv1[0].dilation[0] == 2) == v,
    ('VideoResNet', 'shortcut'): lambda o, v: (
        isinstance(o.layer2[0].downsample, torch.nn.Sequential) == (v == 'B')
    ),
}
ALIASES['S3DG', 'base_channels'] = lambda o, v: o.features[0][0][1].num_features == v
for _metric in ('RetrievalMetric', 'LinearProbeMetric', 'ChiralityMetric'):
    ALIASES[_metric, 'protocol'] = lambda o, v: all(
        normal(getattr(o.protocol, key)) == normal(value)
        for key, value in v.items()
        if key != 'metric'  # a metric says itself what it measures by
    )
for _metric in ('LinearProbeMetric', 'ChiralityMetric'):
    ALIASES[_metric, 'costs'] = lambda o, v: normal(o.svm.costs) == normal(v)
for _head in ('InstanceHead', 'MoCoHead'):
    ALIASES[_head, 'queue_size'] = lambda o, v: len(o.queue.labels if o.queue else ()) == v
ALIASES['CoCLRHead', 'queue_size'] = lambda o, v: len(o.own_queue.labels) == v
for _head in (
    'EquivarianceHead',
    'InstanceHead',
    'DistinctivenessHead',
    'MoCoHead',
    'CoCLRHead',
    'TubeletHead',
):
    ALIASES[_head, 'temperature'] = lambda o, v: o.criterion.temperature == v
for _key in ('speeds', 'directions', 'balance_order', 'shifted'):
    ALIASES['IndependentPairsSampler', _key] = lambda o, v, key=_key: found(o.pairs, key, v)
for _data in ('ClipPairDataset', 'LabelledVideoDataset', 'GalleryQueryDataset'):
    for _key in ('ann_file', 'gallery_ann_file', 'class_file'):
        ALIASES[_data, _key] = ends_with(_key)
    ALIASES[_data, 'data_prefix'] = prefixes


class Stop(Exception):
    """The iteration is over."""


class StopHook(Hook):
    """Ends a run behind its first iteration, whatever length is declared."""

    priority = 'VERY_LOW'

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        raise Stop


def train_once(runner) -> dict:
    """One iteration of training; what it logged."""
    runner.register_hook(StopHook())
    before = {name: p.detach().clone() for name, p in runner.model.named_parameters()}
    with suppress(Stop):
        runner.train()
    assert runner.iter == 0, 'the first iteration was not reached'
    figures = {
        name.removeprefix('train/'): float(buffer.current())
        for name, buffer in runner.message_hub.log_scalars.items()
        if name.startswith('train/')
    }
    moved = {n for n, p in runner.model.named_parameters() if not torch.equal(p, before[n])}
    trained = {n for n, p in runner.model.named_parameters() if p.requires_grad}
    figures['idle'] = sorted(trained - moved)
    return figures


def checkpoint(cfg, folder) -> str:
    """Random weights that fill the backbone, and heads where there are any."""
    path = f'{folder}/weights.pth'
    weights = MODELS.build(cfg.model).state_dict()
    torch.save({k: v for k, v in weights.items() if k.startswith(('backbone.', 'heads.'))}, path)
    return path


def scheduled(obj, key, value, epoch_length) -> bool:
    """Whether a scheduler was converted from epochs to iterations."""
    if key == 'by_epoch':
        return not obj.by_epoch
    return key in ('begin', 'end') and getattr(obj, key) == value * epoch_length


def loader_arguments(cfg, part):
    """Of a data loader that the run has built."""
    loaded = part == ('train' if 'train_dataloader' in cfg else 'test')
    for key, value in cfg.get(f'{part}_dataloader', {}).items() if loaded else ():
        if key not in ('dataset', 'sampler', 'batch_sampler', 'collate_fn'):
            yield key, value


def missing(cfg, runner, built) -> list:
    """Declared arguments that no object bears."""
    problems = [
        f'{part}_dataloader.{key}={value!r}'
        for part in ('train', 'val', 'test')
        for key, value in loader_arguments(cfg, part)
        if getattr(getattr(runner, f'{part}_dataloader'), key) != value
    ]
    if runner.seed != cfg.randomness.seed:
        problems.append(f'randomness.seed={cfg.randomness.seed}')
    for declared, obj in built:
        if isinstance(obj, torch.nn.Module) and not type(obj).__module__.startswith(OURS):
            continue  # another's network; test_backbone_configs.py compares its weights
        for key, value in declared.items():
            if key in CONSUMED or holds_types(value):
                continue
            converted = declared.get('convert_to_iter_based') and scheduled(
                obj, key, value, len(runner.train_dataloader)
            )
            if not (converted or found(obj, key, value)):
                problems.append(f'{type(obj).__name__}.{key}={value!r}')
    return problems
