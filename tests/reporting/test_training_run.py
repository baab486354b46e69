"""What is read of a run is what its log and its config say."""

import pytest

from reporting.run_folders import row, write_run
from tev_mmaction.reporting import read_training_run


def test_a_run(clips, tmp_path):
    rows = [row(20, time=9.0), row(40), row(60, time=0.25, data_time=0.01)]
    run = read_training_run(write_run(tmp_path, clips, rows))
    protocol, speed = dict(run.protocol()), dict(run.speed())
    assert protocol['config'] == 'tev_tiny.py' and protocol['model'] == 'TimeEquivariantRecognizer'
    assert protocol['backbone'] == 'VideoResNet, base_channels 4, depth 10, stem_kernel (3, 3, 3)'
    assert 'equivariance × 1' in protocol['tasks × weight']
    assert protocol['clips'].startswith('RelativeTransformSampler, clip_len 8, speeds (1, 2, 4)')
    assert protocol['batch'] == '4 videos' and protocol['seed'] == '7'
    assert protocol['optimiser'] == 'AdamW, lr 0.25'
    assert protocol['length'] == '1 of 2 epochs, 60 iterations'
    software = 'python 3.11.1, tev_mmaction 0.1.0, torch 2.13.0, commit 0123456789ab'
    assert protocol['software'] == software
    assert speed == {
        'device': 'CPU',
        'an iteration': '0.5 s',  # the median
        'of it, waiting for data': '0.1 s',
        'clips a second': '80',
        'iterations': '60',
        'wall time': '5 min 0 s',
    }


def test_a_resumed_run_on_gpus(clips, tmp_path):
    for name, seconds, rows in (
        ('20260102_100000', 1800, [row(20), row(40)]),
        ('20260102_120000', 4510.4, [row(40), row(60, memory=2560)]),
    ):
        write_run(tmp_path, clips, rows, name, seconds, ['NVIDIA Fast One'], processes=2)
    # a test in the same work directory, and a start that was stopped before it logged anything
    write_run(tmp_path, clips, [dict(step=1, top1=0.5)], '20260103_100000')
    run = read_training_run(tmp_path)
    speed = dict(run.speed())
    assert speed['device'] == 'NVIDIA Fast One' and speed['most GPU memory'] == '2.5 GiB'
    assert speed['wall time'] == '1 h 45 min, in 2 starts' and speed['iterations'] == '60'
    assert dict(run.protocol())['batch'] == '4 videos on each of 2 processes, 8 in all'


def test_what_was_not_recorded_is_not_made_up(clips, tmp_path):
    """As a training by an older version, which wrote no run.jsonl."""
    rows = [{k: v for k, v in row(20).items() if k not in ('time', 'data_time', 'clips_per_s')}]
    run = read_training_run(write_run(tmp_path, clips, rows, seconds=None))
    speed, protocol = dict(run.speed()), dict(run.protocol())
    unknown = 'not recorded'
    assert speed == {'device': unknown, 'iterations': '20', 'wall time': unknown}
    assert protocol['seed'] == protocol['software'] == unknown
    assert protocol['batch'] == f'4 videos a process, number of processes {unknown}'


def test_a_start_of_an_older_version_leaves_the_time_open(clips, tmp_path):
    write_run(tmp_path, clips, [row(20)], seconds=None)
    write_run(tmp_path, clips, [row(40)], '20260102_120000')
    run = read_training_run(tmp_path)
    assert dict(run.speed())['wall time'] == 'not recorded, in 2 starts'
    assert dict(run.protocol())['seed'] == '7'


def test_iterations_without_epochs(clips, tmp_path):
    loop = dict(type='IterBasedTrainLoop', max_iters=100)
    write_run(tmp_path, clips, [row(20)])
    config = next(tmp_path.glob('*/vis_data/config.py'))
    text = config.read_text()
    config.write_text(f'{text}\ntrain_cfg = {loop}\n')
    run = read_training_run(tmp_path)
    assert dict(run.protocol())['length'] == '20 of 100 iterations'
    assert run.config_name == str(config)  # no config beside it is the same


@pytest.mark.parametrize('rows', [None, [dict(step=1, top1=0.5)]])
def test_no_training(clips, tmp_path, rows):
    if rows:
        write_run(tmp_path, clips, rows)
    with pytest.raises(FileNotFoundError):
        read_training_run(tmp_path)
