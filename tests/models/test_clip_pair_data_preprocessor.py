import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.dataset import pseudo_collate
from pairs import RELATED, data_sample

from helpers import model_cfg
from tev_mmaction.datasets.randomness import seeded
from tev_mmaction.datasets.transforms import ClipColorJitter
from tev_mmaction.models.data_preprocessors.pixels import normalise_batch, normalise_frames

MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]


def preprocessor_cfg(kind='ClipPairDataPreprocessor', **changes):
    return dict(dict(type=kind, mean=MEAN, std=STD, format_shape='NCTHW'), **changes)


def preprocessor(*kind, **changes):
    return MODELS.build(preprocessor_cfg(*kind, **changes))


def drawn_maps(rng, num_clips):
    maps = rng.normal(scale=0.3, size=(num_clips, 3, 6)) + np.eye(3, 6)
    return maps.astype(np.float32)


def batch_of(num_videos, views=2, shape=(4, 6, 10), maps=True, pipelined=True, seed=0):
    """Clips as the pipeline hands them over (a view of (T, H, W, C)), or contiguous."""
    rng, map_rng = np.random.default_rng(seed), np.random.default_rng(seed + 1)
    samples = []
    for _ in range(num_videos):
        clips = rng.integers(0, 256, (views, *shape, 3), dtype=np.uint8)
        inputs = torch.from_numpy(clips).movedim(-1, 1)
        sample = ActionDataSample()
        if maps:
            sample.set_metainfo(dict(color_map=drawn_maps(map_rng, views)))
        samples.append(
            dict(inputs=inputs if pipelined else inputs.contiguous(), data_samples=sample)
        )
    return pseudo_collate(samples)


def looped(batch):
    """Clip by clip and channel by channel, in float64."""
    videos = []
    for views, sample in zip(batch['inputs'], batch['data_samples']):
        clips = []
        for number, clip in enumerate(views.double()):
            mapping = torch.from_numpy(sample.metainfo['color_map'][number]).double()
            means = [clip[c].mean() for c in range(3)]
            channels = []
            for c in range(3):
                value = sum(
                    mapping[c, k] * clip[k] + mapping[c, 3 + k] * means[k] for k in (0, 1, 2)
                )
                channels.append((value.clamp(0, 255) - MEAN[c]) / STD[c])
            clips.append(torch.stack(channels))
        videos.append(torch.stack(clips))
    return torch.stack(videos)


@pytest.mark.parametrize('pipelined', [True, False])
@pytest.mark.parametrize('views', [1, 2, 30])
def test_without_jitter_it_is_the_stock_preprocessor(views, pipelined):
    batch = batch_of(3, views, maps=False, pipelined=pipelined)
    out = preprocessor()(batch)['inputs']
    assert torch.equal(out, preprocessor('ActionDataPreprocessor')(batch)['inputs'])
    assert out.dtype == torch.float32 and out.shape == (3, views, 3, 4, 6, 10)


@pytest.mark.parametrize('pipelined', [True, False])
@pytest.mark.parametrize('views', [1, 2, 5])
@pytest.mark.parametrize('shape', [(4, 6, 10), (3, 5, 7), (1, 2, 2)])
def test_jitter_and_normalisation_are_those_of_explicit_loops(views, shape, pipelined):
    batch = batch_of(3, views, shape, pipelined=pipelined)
    assert torch.allclose(preprocessor()(batch)['inputs'].double(), looped(batch), atol=1e-5)


@pytest.mark.parametrize('normalise', [normalise_batch, normalise_frames])
@pytest.mark.parametrize('pipelined', [True, False])
@pytest.mark.parametrize('shape', [(4, 6, 10), (3, 5, 7), (1, 1, 1)])
def test_the_forms_for_gpus_and_cpus_are_explicit_loops(shape, pipelined, normalise):
    batch = batch_of(3, 2, shape, pipelined=pipelined)
    maps = np.stack([sample.metainfo['color_map'] for sample in batch['data_samples']])
    mean, std = torch.tensor(MEAN), torch.tensor(STD)
    out = normalise(batch['inputs'], torch.from_numpy(maps), mean, std)
    assert out.is_contiguous() and out.shape == (3, 2, *shape, 3)
    assert torch.allclose(out.movedim(-1, 2).double(), looped(batch), atol=1e-5)
    plain = preprocessor('ActionDataPreprocessor')(batch)['inputs'].movedim(2, -1)
    assert torch.equal(normalise(batch['inputs'], None, mean, std), plain)


def test_a_sample_without_jitter_stays_as_it_is_beside_others():
    batch = batch_of(3)
    del batch['data_samples'][1].color_map
    out, plain = preprocessor()(batch)['inputs'], preprocessor()(batch_of(3, maps=False))['inputs']
    assert torch.allclose(out[1], plain[1], atol=2e-6)
    assert not torch.equal(out[0], plain[0]) and not torch.equal(out[2], plain[2])


def test_it_gives_what_the_pipeline_would_have_jittered():
    """To within the rounding of the pipeline's uint8."""
    smooth = np.linspace(0, 255, 2 * 4 * 6 * 10 * 3).reshape(8, 6, 10, 3).astype(np.uint8)
    for seed in range(20):
        with seeded(seed):
            host = ClipColorJitter()(dict(imgs=smooth.copy(), num_clips=2, clip_len=4))['imgs']
        with seeded(seed):
            drawn = ClipColorJitter(on_device=True)(dict(imgs=smooth, num_clips=2, clip_len=4))
        sample = ActionDataSample(metainfo=dict(color_map=drawn['color_map']))
        inputs = torch.from_numpy(smooth).unflatten(0, (2, 4)).movedim(-1, 1)
        batch = pseudo_collate([dict(inputs=inputs, data_samples=sample)])
        out = preprocessor(mean=[0] * 3, std=[1] * 3)(batch)['inputs'][0].movedim(1, -1)
        assert np.abs(out.numpy().reshape(host.shape) - host).max() < 0.75


def test_autocast_does_not_coarsen_grey_levels():
    batch = batch_of(2)
    expected = preprocessor()(batch)['inputs']
    with torch.autocast('cpu', torch.bfloat16):
        assert torch.equal(preprocessor()(batch)['inputs'], expected)


def test_the_backbone_gets_clips_in_channels_last_order():
    out = preprocessor()(batch_of(2))['inputs']
    assert out.flatten(0, 1).is_contiguous(memory_format=torch.channels_last_3d)


def test_the_samples_of_the_loader_are_left_alone():
    batch = batch_of(2)
    first, again = preprocessor()(batch), preprocessor()(batch)
    assert torch.equal(first['inputs'], again['inputs'])
    assert all('color_map' not in sample for sample in first['data_samples'])
    assert all(inputs.dtype == torch.uint8 for inputs in batch['inputs'])


def test_bad_batches_are_refused_with_the_remedy():
    batch = batch_of(2)
    batch['inputs'][1] = batch['inputs'][1][..., :8]
    with pytest.raises(ValueError, match=r'4, 6, 10\).*ClipRandomResizedCrop'):
        preprocessor()(batch)
    with pytest.raises(ValueError, match='FormatShape.*one value per channel'):
        preprocessor(mean=[0], std=[1])(batch_of(2))
    batch = batch_of(2)
    batch['inputs'] = [torch.cat([clips, clips]) for clips in batch['inputs']]
    with pytest.raises(ValueError, match=r'\(4, 3, 6\) for 4 clips.*after'):
        preprocessor()(batch)
    with pytest.raises(ValueError, match="format_shape='NCHW'"):
        preprocessor(format_shape='NCHW')


@pytest.mark.parametrize(
    'kind, works', [('ClipPairDataPreprocessor', True), ('ActionDataPreprocessor', False)]
)
def test_jitter_that_nobody_does_is_refused(kind, works):
    """Also where only one sample of a batch awaits it."""
    model = MODELS.build(model_cfg(data_preprocessor=preprocessor_cfg(kind)))
    batch = batch_of(4, shape=(4, 16, 16), maps=False)
    batch['data_samples'] = [
        data_sample(video, RELATED[name])
        for video, name in enumerate(['before', 'before', 'after', 'after'])
    ]
    batch['data_samples'][2].set_metainfo(dict(color_map=drawn_maps(np.random.default_rng(0), 2)))
    data = model.data_preprocessor(batch, True)
    if works:
        assert model(**data, mode='loss')['loss_equivariance'].isfinite()
    else:
        with pytest.raises(ValueError, match='ClipPairDataPreprocessor.*on_device=False'):
            model(**data, mode='loss')


@pytest.mark.parametrize('maps', [True, False])
def test_residual_frames_are_differences_of_neighbours(maps):
    plain, residual = (
        preprocessor(residual=flag)(batch_of(2, maps=maps))['inputs'] for flag in (False, True)
    )
    assert residual.shape == (2, 2, 3, 3, 6, 10)
    for t in range(3):
        torch.testing.assert_close(residual[:, :, :, t], plain[:, :, :, t + 1] - plain[:, :, :, t])
