"""Training on real clips, broken ones among them, and over two processes."""

import csv
import json
import shutil

import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.dataset import pseudo_collate
from mmengine.optim import OptimWrapper
from mmengine.registry import init_default_scope

from helpers import dataset_cfg, model_cfg
from processes import run_ranks

# what `bad/` holds that PyAV cannot use for clips of 4 frames, and why
UNUSABLE = {
    '00000002.jpg': 'too short',
    'corrupted.mp4': 'cannot be decoded',
    'made_1frame.avi': 'too short',
    'made_empty.avi': 'is empty',
    'nasa_13013.mp4.audio.mp3': 'no video stream',
    'video_0.mov': 'too short',
    'video_270.mov': 'too short',
}


@pytest.fixture
def real_list(real_clips, tmp_path):
    """A list of real clips, UCF101 and Weizmann, with all the bad files mixed in."""
    with open(real_clips / 'manifest.csv') as file:
        rows = [
            row['path']
            for row in csv.DictReader(file)
            if row['split'] == 'train' and row['path'].startswith(('ucf101', 'weizmann'))
        ]
    bad = [f'bad/{path.name}' for path in sorted((real_clips / 'bad').iterdir())]
    assert len(rows) > 30 and len(bad) == 11
    (tmp_path / 'train.txt').write_text('\n'.join(sorted(rows + bad)))
    return tmp_path / 'train.txt'


def test_all_bad_files_in_a_real_list_are_named_and_trained_through(train, real_clips, real_list):
    work_dir = real_list.parent / 'work'
    options = {
        'train_dataloader.dataset.ann_file': real_list,
        'custom_hooks.1.max_share': 0.5,
        'train_dataloader.num_workers': 1,
        'train_dataloader.batch_size': 8,
        'train_dataloader.drop_last': False,
        'train_dataloader.dataset.decoder': 'pyav',
        'train_cfg.max_epochs': 1,
    }
    log = train('tev_r3d18_ucf101', real_clips, work_dir, **options).stdout
    named = dict(
        line.rsplit('/', 1)[-1].split('\t')
        for line in (work_dir / 'skipped_videos.txt').read_text().splitlines()
    )
    assert set(named) == set(UNUSABLE)
    for name, reason in UNUSABLE.items():
        assert reason in named[name]
        assert log.count(f'{name}: ') == 1
    rows = [
        json.loads(line)
        for line in next(work_dir.glob('*/vis_data/scalars.json')).read_text().splitlines()
    ]
    assert len(rows) == -(-len(real_list.read_text().split()) // 8)
    assert all(row['loss'] == row['loss'] for row in rows)


def test_too_large_a_share_of_bad_files_stops_the_run(train, real_clips, real_list):
    done = train(
        'tev_r3d18_ucf101',
        real_clips,
        real_list.parent / 'work',
        check=False,
        **{'train_dataloader.dataset.ann_file': real_list, 'custom_hooks.1.max_share': 0.05},
    )
    assert done.returncode != 0
    assert 'more than the allowed share of 5%' in done.stderr and 'max_share' in done.stderr


def global_batches(dataset, world_size):
    """Three steps; what each rank gets of each, unequal numbers of videos included."""
    order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(0)).tolist()
    shares = ([4, 2], [2, 4], [3, 3])
    for step, share in enumerate(shares):
        indices = order[6 * step : 6 * step + 6]
        yield [dataset.__getitems__(part) for part in (indices[: share[0]], indices[share[0] :])]


def build(data):
    init_default_scope('mmaction')
    torch.manual_seed(0)
    torch.set_num_threads(1)
    cfg = model_cfg()
    cfg['backbone'].update(norm_cfg=dict(type='GN', num_groups=2))
    for head in cfg['heads'].values():
        head.update(norm_cfg=None)
    model = MODELS.build(cfg)
    model.init_weights()
    return model.double(), DATASETS.build(data)


def optimize(model, wrapped, batches):
    """Train, and return the losses; GN and no norm in the heads, as batch-norm needs a GPU to
    be synchronised."""
    wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.05))
    return [wrapped.train_step(pseudo_collate(batch), wrapper)['loss'].item() for batch in batches]


def train_rank(rank, data, results):
    from mmengine.model import MMDistributedDataParallel

    import tev_mmaction  # noqa: F401

    model, dataset = build(data)
    wrapped = MMDistributedDataParallel(model, device_ids=None, broadcast_buffers=False)
    losses = optimize(model, wrapped, [parts[rank] for parts in global_batches(dataset, 2)])
    torch.save((losses, model.state_dict()), f'{results}.{rank}')


@pytest.mark.parametrize('source', ['real', 'generated'])
def test_two_processes_train_as_one_on_the_same_global_batch(source, clips, request, tmp_path):
    """Invariant 5: three steps of gloo on different, ragged data, the weights of one process."""
    if source == 'real':
        folder = request.getfixturevalue('real_clips') / 'ucf101'
        data = dataset_cfg(folder, ann_file='', decoder='pyav')
    else:
        data = dataset_cfg(clips)
        data['ann_file'] = str(tmp_path / 'all.txt')
        names = [str(path) for path in sorted(clips.rglob('*.mp4'))]
        copies = [tmp_path / f'copy_{n}.mp4' for n in range(6)]
        for copy, name in zip(copies, names):
            shutil.copyfile(name, copy)  # a link is the same video
        (tmp_path / 'all.txt').write_text('\n'.join([*names, *map(str, copies)]))
    model, dataset = build(data)
    expected = optimize(model, model, [sum(parts, []) for parts in global_batches(dataset, 2)])
    run_ranks(train_rank, 2, data, str(tmp_path / 'result'))
    for rank in range(2):
        losses, state = torch.load(f'{tmp_path}/result.{rank}', weights_only=True)
        for name, value in model.state_dict().items():
            assert torch.allclose(state[name], value, rtol=0, atol=1e-8), name
        assert losses == pytest.approx(expected, abs=1e-6)  # on every rank, not on average
