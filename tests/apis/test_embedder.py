"""The features of VideoEmbedder are those that are computed by hand from PyAV's frames."""

import by_hand
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import find_latest_checkpoint
from safetensors.torch import save_file

from helpers import model_cfg
from tev_mmaction.apis import VideoEmbedder
from tev_mmaction.datasets.readers import VideoError
from tev_mmaction.models.fingerprint import fingerprint
from toy_runs import SLOW_ONLY, recognizer_cfg, runner_of, save

NORMALISED = dict(
    type='ActionDataPreprocessor', mean=by_hand.MEAN, std=by_hand.STD, format_shape='NCTHW'
)


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_the_protocol_of_the_paper_with_the_clips_of_the_training(pretrained, noise):
    model, path = pretrained
    embedder = VideoEmbedder(path)
    protocol = embedder.protocol
    assert (protocol.num_clips, protocol.crops, protocol.frame_interval) == (10, 'three', 4)
    assert (protocol.clip_len, protocol.size, protocol.standardisation) == (8, 32, 'gallery')
    assert embedder.fingerprint == fingerprint(model.backbone)
    features = embedder.embed(noise)
    assert features.dtype == np.float32 and features.shape == (3, 32)
    model.eval()
    for feature, video in zip(features, noise):
        views = by_hand.views_of(video, 8, 4, 10, 32, 'three')
        close(feature, by_hand.feature_of(model.backbone, views))
        with torch.no_grad():
            close(feature, model.extract_feat(views[None])[0].mean(dim=0).numpy())


@pytest.mark.parametrize('num_workers', [0, 2])
def test_other_views(pretrained, noise, num_workers):
    model, path = pretrained
    options = dict(num_clips=3, frame_interval=2, clip_len=4, size=24, crops='center')
    embedder = VideoEmbedder(path, num_workers=num_workers, batch_views=2, **options)
    views = [by_hand.views_of(video, 4, 2, 3, 24, 'center') for video in noise]
    model.eval()
    expected = np.stack([by_hand.feature_of(model.backbone, view) for view in views])
    close(embedder.embed(noise), expected)
    close(embedder.embed(str(noise[1])), expected[1:2])
    unit = VideoEmbedder(path, view_pooling='mean_of_unit', **options).embed(noise[:1])[0]
    with torch.no_grad():
        pooled = model.backbone(views[0]).mean(dim=(2, 3, 4))
    close(unit, (pooled / pooled.norm(dim=1, keepdim=True)).mean(dim=0).numpy())


def test_the_checkpoint_of_a_stock_fine_tuning(noise, tmp_path):
    """Written by mmengine's Runner, its config with pipelines as MMAction2's are."""
    sampling = dict(type='SampleFrames', clip_len=4, frame_interval=5, num_clips=2)
    pipeline = [sampling, dict(type='ThreeCrop', crop_size=40), dict(type='FormatShape')]
    model = dict(recognizer_cfg(SLOW_ONLY), data_preprocessor=NORMALISED)
    runner = runner_of(tmp_path, model=model, hook=[], test_pipeline=pipeline)
    runner.train()
    embedder = VideoEmbedder(find_latest_checkpoint(str(tmp_path)))
    assert (embedder.protocol.clip_len, embedder.protocol.frame_interval) == (4, 5)
    assert (embedder.protocol.size, embedder.protocol.num_clips) == (40, 10)
    runner.model.backbone.eval()
    views = by_hand.views_of(noise[0], 4, 5, 10, 40, 'three')
    close(embedder.embed(noise[0])[0], by_hand.feature_of(runner.model.backbone, views))


def test_a_stock_recognizer_of_single_frames(noise, tmp_path):
    torch.manual_seed(0)
    cfg = dict(
        type='Recognizer2D',
        backbone=dict(type='ResNet', depth=18, pretrained=None, norm_eval=False),
        cls_head=dict(type='TSNHead', num_classes=2, in_channels=512),
        data_preprocessor=dict(NORMALISED, format_shape='NCHW'),
    )
    model = MODELS.build(cfg).eval()
    path = save(tmp_path / 'tsn.pth', model.state_dict())
    cfg = dict(cfg, backbone=dict(cfg['backbone'], pretrained='https://nowhere.invalid/r18.pth'))
    pipeline = [
        dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=5),
        dict(type='CenterCrop', crop_size=32),
    ]
    config = Config(dict(model=cfg, test_dataloader=dict(dataset=dict(pipeline=pipeline))))
    config.dump(str(tmp_path / 'tsn.py'))
    embedder = VideoEmbedder(path, config=tmp_path / 'tsn.py', crops='three')
    frames = by_hand.frames_of(noise[0])
    chosen = [frames[int((i + 0.5) * len(frames) / 5)] for i in range(5)]
    views = [by_hand.crops(by_hand.resized(f, 32), 32, 'three') for f in chosen]
    batch = (np.concatenate(views).astype(np.float32) - by_hand.MEAN) / by_hand.STD
    with torch.no_grad():
        maps = model.backbone(torch.from_numpy(batch).float().permute(0, 3, 1, 2))
    close(embedder.embed(noise[0])[0], maps.mean(dim=(0, 2, 3)).numpy())
    with pytest.raises(ValueError, match='set clip_len, not num_clips'):
        VideoEmbedder(path, config=dict(config), num_clips=3)
    with pytest.raises(ValueError, match='clip_len=None: give the number of frames of a clip'):
        VideoEmbedder(path, config=dict(config), clip_len=None)


def test_a_2d_backbone_that_was_pretrained_on_clips(noise, tmp_path):
    """TSM mixes the frames of a clip: they must stay together."""
    torch.manual_seed(0)
    backbone = dict(type='ResNetTSM', depth=18, num_segments=4, norm_eval=False, pretrained=None)
    cfg = model_cfg(backbone=backbone, feature_dim=512, frames_as_batch=True)
    model = MODELS.build(cfg)
    model.eval()
    path = save(tmp_path / 'tsm.pth', model.state_dict())
    options = dict(num_clips=3, size=32, crops='three')
    with pytest.raises(ValueError, match='set clip_len=4'):
        VideoEmbedder(path, config=dict(model=cfg), **options)
    embedder = VideoEmbedder(path, config=dict(model=cfg), clip_len=4, **options)
    views = by_hand.views_of(noise[0], 4, 4, 3, 32, 'three')
    with torch.no_grad():
        expected = model.extract_feat(views[None])[0].mean(dim=0).numpy()
    close(embedder.embed(noise[0])[0], expected)


@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
def test_plain_backbone_weights(pretrained, noise, tmp_path, suffix):
    """Of tools/convert/export_backbone.py, with a config."""
    model, path = pretrained
    plain = tmp_path / f'plain{suffix}'
    write = save_file if suffix == '.safetensors' else torch.save
    write({**model.backbone.state_dict(), 'fc.weight': torch.ones(2)}, plain)
    options = dict(num_clips=1, clip_len=8, size=32)
    embedder = VideoEmbedder(plain, config=dict(model=model_cfg()), **options)
    expected = VideoEmbedder(path, **options)
    assert embedder.fingerprint == expected.fingerprint
    assert np.array_equal(embedder.embed(noise[0]), expected.embed(noise[0]))
    with pytest.raises(ValueError, match='no key starts with "backbone."'):
        VideoEmbedder(plain, **options)


def test_a_broken_video_among_others(pretrained, noise, tmp_path):
    embedder = VideoEmbedder(pretrained[1], num_clips=1, crops='center')
    cut, missing = tmp_path / 'cut.mp4', tmp_path / 'missing.mp4'
    cut.write_bytes(noise[0].read_bytes()[:3000])
    outcomes = list(embedder.embed_each([noise[0], cut, missing, noise[1]]))
    assert [isinstance(outcome, VideoError) for outcome in outcomes] == [0, 1, 1, 0]
    assert str(outcomes[2]) == f'{missing}: does not exist'  # no remedy for lists
    assert np.array_equal(np.stack(outcomes[::3]), embedder.embed(noise[:2]))
    with pytest.raises(VideoError, match='cut.mp4'):
        embedder.embed([noise[0], cut])
    with pytest.raises(ValueError, match='no video'):
        embedder.embed([])


def test_a_thread_of_workers_hands_errors_over(pretrained, noise, tmp_path):
    embedder = VideoEmbedder(pretrained[1], num_clips=1, crops='center', num_workers=1)
    good, bad = embedder.embed_each([noise[0], tmp_path / 'missing.mp4'])
    assert good.shape == (32,) and bad.reason == 'does not exist'


def test_weights_must_fill_the_whole_backbone(pretrained, tmp_path):
    model, _ = pretrained
    state = model.state_dict()
    less = {k: v for k, v in state.items() if not k.startswith('backbone.layer4.')}
    path = save(tmp_path / 'less.pth', less)
    with pytest.raises(ValueError, match=r'fills 35 of 45 tensors .* 10 missing \(layer4'):
        VideoEmbedder(path, config=dict(model=model_cfg()))
    more = dict(state, **{'backbone.layer5.weight': torch.ones(2)})
    path = save(tmp_path / 'more.pth', more)
    with pytest.raises(
        ValueError, match=r'1 more of the checkpoint are not in this backbone \(layer5.weight\)'
    ):
        VideoEmbedder(path, config=dict(model=model_cfg()))
    wider = model_cfg()
    wider['backbone']['base_channels'] = 8
    with pytest.raises(ValueError, match=r'fills 0 of 45 .* 45 of another shape'):
        VideoEmbedder(pretrained[1], config=dict(model=wider))
    counters = {k: v for k, v in state.items() if 'num_batches' not in k}
    VideoEmbedder(save(tmp_path / 'counters.pth', counters), config=dict(model=model_cfg()))


def test_what_gives_no_features(pretrained, noise, tmp_path):
    path = pretrained[1]
    nowhere = save(tmp_path / 'no_config.pth', pretrained[0].state_dict())
    for change, message in (
        (dict(checkpoint=nowhere), 'give the config that it was trained with'),
        (dict(checkpoint=tmp_path / 'none.pth'), 'there is no file'),
        (dict(crops='five'), 'protocol.crops'),
        (dict(crops='whole'), 'for hand-made features: use one of center, three, ten'),
        (dict(num_clips=0), 'protocol.num_clips=0'),
        (dict(frame_interval=0), 'frame_interval=0: at least 1'),
        (dict(feature_pooling='space'), "use 'space-time'"),
        (dict(clips=3), "'clips'"),
        (dict(batch_views=0), 'batch_views=0'),
    ):
        with pytest.raises(ValueError, match=message):
            VideoEmbedder(**{'checkpoint': path, **change})
    dead = {k: v * torch.nan for k, v in pretrained[0].state_dict().items() if 'num_b' not in k}
    embedder = VideoEmbedder(save(tmp_path / 'x.pth', dead), config=dict(model=model_cfg()))
    with pytest.raises(ValueError, match='NaN, infinity or zeros only, for .*0.mp4'):
        embedder.embed(noise[0])


def test_nothing_of_an_untrusted_checkpoint_is_run(pretrained, tmp_path, capsys):
    """Types are names of registered classes; mmengine would import any other."""
    model, _ = pretrained
    for kind in ('os.system', 'builtins.print', 'antigravity'):
        text = f"model = dict(type='Recognizer3D', backbone=dict(type={kind!r}, command='id'))\n"
        path = save(tmp_path / 'evil.pth', model.state_dict(), cfg=text)
        with pytest.raises(ValueError, match='not a backbone of MMAction2 or of this package'):
            VideoEmbedder(path)
    code = "model = dict(type='Recognizer3D', backbone=dict(type=print('pwned') or 'C3D'))\n"
    with pytest.raises(ValueError, match='one with more than literals'):
        VideoEmbedder(save(tmp_path / 'code.pth', model.state_dict(), cfg=code))
    assert 'pwned' not in capsys.readouterr().out


def test_training_mode_of_batch_norm_is_off(pretrained, noise):
    embedder = VideoEmbedder(pretrained[1], num_clips=2, crops='center')
    together = embedder.embed(noise)
    assert np.array_equal(together[1:], embedder.embed(noise[1:]))
    assert fingerprint(embedder._model.backbone) == embedder.fingerprint


def test_real_videos(pretrained, real_clips):
    model, path = pretrained
    options = dict(num_clips=2, crops='center')
    embedder = VideoEmbedder(path, **options)
    video = sorted((real_clips / 'gestures').glob('*.mp4'))[0]
    model.eval()
    views = by_hand.views_of(video, 8, 4, 2, 32, 'center')
    close(embedder.embed(video)[0], by_hand.feature_of(model.backbone, views))
    bad = [real_clips / 'bad' / name for name in ('corrupted.mp4', 'made_empty.avi')]
    odd = [real_clips / 'bad' / name for name in ('made_1frame.avi', 'h264_10bits.mp4')]
    outcomes = list(embedder.embed_each([*bad, *odd]))
    assert [type(outcome) for outcome in outcomes] == [VideoError] * 2 + [np.ndarray] * 2


def test_videos_shorter_than_a_clip_are_counted(pretrained, noise, recwarn):
    embedder = VideoEmbedder(pretrained[1], num_clips=1, crops='center')
    lengths = [len(by_hand.frames_of(video)) for video in noise]
    needed = 7 * 4 + 1
    short = {str(v): n for v, n in zip(noise, lengths) if n < needed}
    assert embedder.frames_of_a_clip == needed and 0 < len(short) < len(noise)
    list(embedder.embed_each(noise))
    assert embedder.short_videos == short and not recwarn.list
    embedder.embed(noise)
    (warning,) = recwarn.list
    assert f'{len(short)} of {len(noise)} videos are shorter than a clip (29' in str(
        warning.message
    )
    embedder.embed([video for video in noise if str(video) not in short])
    assert len(recwarn.list) == 1
