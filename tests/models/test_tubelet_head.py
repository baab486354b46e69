import pytest
import torch
from head_cases import BATCH, assert_same_gradients, build, close, draw
from pairs import loop_info_nce, targets_of

# of clips p and q; the motions of videos 0 and 3, 1 and 4 are shared, as are p and q of video 5
TUBELETS = [(5, 6), (7, 8), (9, 2**61), (5, 6), (7, 8), (3, 3)]


def test_clips_of_different_videos_with_the_same_motion_are_positives():
    head, features = build('TubeletHead'), draw(6)
    targets = targets_of(BATCH).extended(tubelets=torch.tensor(TUBELETS))
    loss = head.loss(features, targets)['loss']
    motions = [motion for of_video in TUBELETS for motion in of_video]
    videos = [video for video in range(6) for _ in range(2)]
    expected = loop_info_nce(head.mlp(features.flatten(0, 1)), motions, sources=videos)
    close(loss, expected)
    assert_same_gradients(head, features, loss, expected)


def test_a_batch_without_shared_motion_names_the_remedy():
    targets = targets_of(BATCH).extended(tubelets=torch.arange(12).view(6, 2))
    with pytest.raises(RuntimeError, match='at least two groups in a batch'):
        build('TubeletHead').loss(draw(6), targets)
    with pytest.raises(KeyError, match='put ClipTubelets into the pipeline'):
        build('TubeletHead').loss(draw(6), targets_of(BATCH))
