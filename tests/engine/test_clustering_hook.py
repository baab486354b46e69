"""Clusters are those of scikit-learn, of the features of the epoch, in every process."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.runner import EpochBasedTrainLoop
from sklearn.cluster import KMeans
from torch import nn

from processes import run_ranks
from tev_mmaction.engine import ClusteringHook, MidEpochTrainLoop
from tev_mmaction.models.heads import CrossModalClusterHead

VIDEOS, WIDTH, CLUSTERS = 12, 4, 3


class Flat(nn.Module):
    """An encoder of spectrograms without weights."""

    def forward(self, sound):
        return sound.flatten(1)[..., None, None]


def runner(epoch=0):
    head = CrossModalClusterHead(WIDTH, CLUSTERS, encoder=dict(type=Flat), audio_channels=WIDTH)
    model = nn.Module()
    model.heads = nn.ModuleDict(dict(clusters=head))
    loader = SimpleNamespace(dataset=range(VIDEOS))
    optimizer = torch.optim.AdamW(model.parameters())
    run = SimpleNamespace(
        model=model,
        epoch=epoch,
        train_dataloader=loader,
        train_loop=object.__new__(EpochBasedTrainLoop),
        optim_wrapper=SimpleNamespace(optimizer=optimizer),
    )
    return run, head


def features(seed=0):
    """Of clips and sounds: three groups each, which differ."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(2, CLUSTERS, WIDTH))
    groups = np.stack([np.arange(VIDEOS) % CLUSTERS, np.arange(VIDEOS) // 4])
    rows = np.stack([m[g] for m, g in zip(middles, groups)])
    return torch.tensor(rows + 0.01 * rng.normal(size=rows.shape)).float()


def see(head, videos):
    """An epoch that has these videos in one batch."""
    clips, sounds = features()
    targets = dict(sample_idx=videos, audio=sounds[videos][:, None, None])
    return head.loss(clips[videos][:, None], targets)


def by_hand(rows, epoch):
    rows = rows / rows.norm(dim=1, keepdim=True)
    kmeans = KMeans(CLUSTERS, n_init=1, max_iter=100, random_state=epoch)
    return kmeans.fit_predict(rows.numpy()).tolist()


def test_clusters_of_the_epoch_are_the_labels_of_the_next():
    hook = ClusteringHook()
    run, head = runner(epoch=4)
    hook.before_run(run)
    assert see(head, torch.arange(VIDEOS))['loss'].item() == 0
    hook.after_train_epoch(run)
    assert head.clusters.tolist() == [by_hand(rows, epoch=4) for rows in features()]
    loss = see(head, torch.arange(VIDEOS))['loss']
    assert loss.item() > 0
    loss.backward()
    run.optim_wrapper.optimizer.step()
    hook.after_train_epoch(run)  # new classifiers, without the moments of the old ones
    state = run.optim_wrapper.optimizer.state
    assert not set(head.classifiers.parameters()) & set(state)
    again, other = runner()
    hook.before_run(again)  # a checkpoint has the clusters
    other.load_state_dict(head.state_dict())
    assert torch.equal(other.clusters, head.clusters)


def test_the_first_epoch_is_clustered_and_labels_stay_until_the_next_clustering():
    hook = ClusteringHook(interval=2)
    run, head = runner(epoch=0)
    hook.before_run(run)
    found = []
    for epoch in range(3):
        run.epoch = epoch
        see(head, torch.arange(VIDEOS))
        hook.after_train_epoch(run)
        assert head.kept_features() == {}
        found.append(head.clusters.tolist())
    assert found[0] == found[1] == [by_hand(rows, epoch=0) for rows in features()]
    assert found[2] == [by_hand(rows, epoch=2) for rows in features()]


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match='interval=0'):
        ClusteringHook(interval=0)
    run, head = runner()
    ClusteringHook().before_run(run)
    see(head, torch.arange(2))
    with pytest.raises(ValueError, match='2 videos cannot be put into num_clusters=3'):
        ClusteringHook().after_train_epoch(run)
    run.train_loop = object.__new__(MidEpochTrainLoop)
    with pytest.raises(ValueError, match='whole epoch.* train_cfg.type is MidEpochTrainLoop'):
        ClusteringHook().before_run(run)
    run.model.heads = nn.ModuleDict()
    with pytest.raises(ValueError, match='no head of the model is a CrossModalClusterHead'):
        ClusteringHook().before_run(run)


def rank_work(rank, folder):
    torch.manual_seed(rank)
    run, head = runner()
    hook = ClusteringHook()
    hook.before_run(run)
    see(head, torch.arange(VIDEOS)[rank::2])
    hook.after_train_epoch(run)
    weights = torch.cat([each.flatten() for each in head.classifiers.parameters()])
    torch.save((head.clusters, weights.detach()), f'{folder}/{rank}.pt')


def test_all_processes_have_the_clusters_of_all_videos(tmp_path):
    run_ranks(rank_work, 2, str(tmp_path))
    (first, weights), (second, others) = (torch.load(tmp_path / f'{r}.pt') for r in range(2))
    assert torch.equal(first, second) and torch.equal(weights, others)
    order = [*range(0, VIDEOS, 2), *range(1, VIDEOS, 2)]  # as the ranks saw them
    for found, rows in zip(first, features()):
        assert found[order].tolist() == by_hand(rows[order], epoch=0)
