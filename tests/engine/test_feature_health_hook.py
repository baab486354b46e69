"""The hook logs figures of the features of the latest batches, over all processes."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.dist import is_main_process
from mmengine.logging import MessageHub
from torch import nn

from processes import run_ranks
from tev_mmaction.engine import FeatureHealthHook
from tev_mmaction.evaluation.health import health

WIDTH, BATCH, BATCHES = 5, 4, 3


def features_of(step, first, count):
    """Features of a batch (count, 2, WIDTH) that begins with a video, at a step."""
    rng = np.random.default_rng(step)
    return rng.normal(size=(100, 2, WIDTH)).astype(np.float32)[first : first + count]


def run(hook, batches, name, model=None):
    """What is logged after each batch: None, or the figures."""
    hub = MessageHub(name)
    model = model or nn.Module()
    model.clip_features = None
    loader = SimpleNamespace(batch_size=len(batches[0][0]))
    runner = SimpleNamespace(model=model, message_hub=hub, train_dataloader=LoaderOf(loader))
    hook.before_train(runner)
    logged = []
    for number, (names, features) in enumerate(batches):
        model.clip_features = torch.from_numpy(features)
        samples = [SimpleNamespace(filename=name) for name in names]
        before = {key: len(buffer._log_history) for key, buffer in hub.log_scalars.items()}
        hook.after_train_iter(runner, number % BATCHES, dict(data_samples=samples))
        logged.append(
            {
                key: buffer.current()
                for key, buffer in hub.log_scalars.items()
                if len(buffer._log_history) > before.get(key, 0)
            }
        )
    return logged


class LoaderOf:
    """A loader of BATCHES batches."""

    def __init__(self, loader):
        self.batch_size = loader.batch_size

    def __len__(self):
        return BATCHES


def named(figures):
    return {f'train/{name}': pytest.approx(value, rel=1e-5) for name, value in figures.items()}


def test_figures_of_the_latest_features_of_every_video():
    """12 videos an epoch; a video that was seen again counts once, with its new features."""
    batches = [
        ([str(first + i) for i in range(BATCH)], features_of(step, first, BATCH))
        for step, first in enumerate((0, 4, 8, 2, 8, 0))
    ]
    logged = run(FeatureHealthHook(interval=2, num_videos=512), batches, 'latest')
    assert [bool(figures) for figures in logged] == [False, False, True, False, True, True]
    latest = np.concatenate([batch for _, batch in batches[:3]])
    assert logged[2] == named(health(latest))
    latest[2:6], latest[8:] = batches[3][1], batches[4][1]
    assert logged[4] == named(health(latest))
    logged = run(FeatureHealthHook(interval=1, num_videos=6), batches[:2], 'few')
    assert logged[0] == {}
    assert logged[1] == named(health(np.concatenate([batches[0][1][2:], batches[1][1]])))


def test_what_it_cannot_read_is_refused():
    with pytest.raises(ValueError, match='features of a TimeEquivariantRecognizer.* Linear'):
        FeatureHealthHook().before_train(SimpleNamespace(model=nn.Linear(1, 1)))
    with pytest.raises(ValueError, match='interval=0'):
        FeatureHealthHook(interval=0)
    with pytest.raises(ValueError, match='num_videos=1'):
        FeatureHealthHook(num_videos=1)


def test_features_that_are_not_finite_give_no_figure():
    features = features_of(0, 0, BATCH)
    features[1, 0, 2] = np.nan
    batches = [([str(first + i) for i in range(BATCH)], features) for first in (0, 4, 8)]
    assert run(FeatureHealthHook(1), batches, 'nan')[-1] == {}


def log_rank(rank, folder):
    mine = BATCH // 2
    batches = []
    for step, first in enumerate((0, 4, 8)):
        first += rank * mine
        names = [str(first + i) for i in range(mine)]
        batches.append((names, features_of(step, first, mine)))
    logged = run(FeatureHealthHook(interval=3), batches, f'rank{rank}')
    if is_main_process():
        torch.save(logged, f'{folder}/logged')
    else:
        assert not any(logged)


def test_two_processes_say_what_one_says(tmp_path):
    run_ranks(log_rank, 2, str(tmp_path))
    features = np.concatenate([features_of(step, 4 * step, BATCH) for step in range(3)])
    assert torch.load(tmp_path / 'logged')[-1] == named(health(features))
