"""Fine-tuning begins with a linear probe, which scikit-learn finds as well."""

import numpy as np
import pytest
import torch
from mmengine.runner import Runner
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import nn

from tev_mmaction.engine.hooks.probe_first_hook import fit_classifier
from toy_runs import messages, recognizer_cfg, runner_of

HOOK = dict(type='ProbeFirstHook', passes=3)
STILL = dict(optimizer=dict(type='SGD', lr=0.0))


@pytest.mark.parametrize('decay', [1e-3, 1e-2, 1])
def test_the_classifier_is_the_logistic_regression_of_standardised_features(decay):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 60)
    features = rng.normal(size=(60, 8)) * rng.uniform(0.01, 100, 8) + labels[:, None] + 5
    features[:, 3] = 2.5  # a constant one
    classifier = nn.Linear(8, 4).double()
    share = fit_classifier(classifier, torch.from_numpy(features), torch.from_numpy(labels), decay)
    x = StandardScaler().fit_transform(features)
    other = LogisticRegression(C=1 / (2 * decay * 60), tol=1e-10, max_iter=10000).fit(x, labels)
    with torch.no_grad():
        found = classifier(torch.from_numpy(features)).softmax(dim=1).numpy()
    np.testing.assert_allclose(found, other.predict_proba(x), atol=1e-4)
    assert share == pytest.approx(other.score(x, labels))


def test_a_class_without_a_video_is_unlikely():
    classifier = nn.Linear(2, 3)
    features = torch.tensor([[0.0, 1.0], [1.0, 0.0]]).repeat(5, 1)
    assert fit_classifier(classifier, features, torch.tensor([0, 2]).repeat(5), 0.01) == 1
    assert classifier(features).softmax(dim=1)[:, 1].max() < 0.05


def probe_of(runner: Runner):
    """Scores of the two clips by scikit-learn, from features in eval mode."""
    model = runner.model
    model.eval()
    dataset = runner.train_dataloader.dataset
    with torch.no_grad():
        batch = {key: [dataset[i][key] for i in (0, 1)] for key in ('inputs', 'data_samples')}
        clips = model.data_preprocessor(batch)['inputs'].flatten(0, 1)
        maps = [model.backbone(clip[None]) for clip in clips]
    x = StandardScaler().fit_transform(torch.cat(maps).mean(dim=(2, 3, 4)).double().numpy())
    # of two classes, scikit-learn has one vector of weights, the difference of ours
    fit = LogisticRegression(C=1 / (0.01 * 2), tol=1e-10).fit(x, [0, 1])
    return torch.from_numpy(fit.predict_proba(x)), torch.cat(maps)


def test_a_training_begins_with_it(tmp_path):
    runner = runner_of(tmp_path, hook=HOOK, optim_wrapper=STILL)
    runner.model.backbone.norm_eval = True
    runner.train()
    expected, maps = probe_of(runner)
    with torch.no_grad():
        found = runner.model.cls_head(maps).softmax(dim=1)
    np.testing.assert_allclose(found, expected, atol=1e-3)
    (line,) = messages(runner, 'linear probe')
    assert 'of 6 views, of which it has 100.0 % right' in line
    assert not runner.model.cls_head.fc_cls._forward_pre_hooks


def test_a_resumed_training_keeps_its_classifier(tmp_path):
    runner_of(tmp_path, hook=HOOK, optim_wrapper=STILL).train()
    again = runner_of(tmp_path, hook=HOOK, optim_wrapper=STILL, max_epochs=2, resume=True)
    again.train()
    assert not messages(again, 'linear probe')


def test_a_head_without_a_linear_classifier_is_refused(tmp_path):
    model = recognizer_cfg()
    model['cls_head'] = dict(type='SlowFastHead', in_channels=32, num_classes=2)
    runner = runner_of(tmp_path, model=model, hook=HOOK)
    runner.model.cls_head.fc_cls = nn.Sequential(nn.Linear(32, 2))
    with pytest.raises(ValueError, match='one linear classifier.*has Sequential.*Leave the hook'):
        runner.train()


def test_passes():
    from tev_mmaction.engine import ProbeFirstHook

    with pytest.raises(ValueError, match='passes=0'):
        ProbeFirstHook(passes=0)
