"""Text-to-video retrieval: which video does a sentence describe?"""

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
from mmaction.registry import METRICS

from .recording_metric import RecordingMetric, check_own_video


@dataclass(frozen=True)  # mmengine turns named tuples into plain tuples
class _Described:
    """The collected values of one video and its sentence."""

    sample_idx: int
    filename: str
    shape: Tuple[int, ...]
    sentence: Tuple[int, ...]
    video: np.ndarray
    text: np.ndarray


@METRICS.register_module()
class TextVideoRetrievalMetric(RecordingMetric):
    """Ranks all videos by the dot product of their embeddings with that of a sentence.

    Each video has one sentence, that of ``ClipText(num_sentences=1)`` for its first clip, and each
    sentence is a query. R@k is the share of sentences whose own video is among the k nearest; the
    rank of the nearest video is 1, and equal similarities count against the own video. Sentences
    that several videos share can be right for one of them only; ``counts.sentences`` of the record
    is the number of different ones. Needs a model with an :class:`MILNCEHead`, and its weights.

    Figures: ``text_to_video/R@1``, ... as fractions, ``text_to_video/median_rank`` and
    ``text_to_video/mean_rank``.

    Args:
        split (str): Description of the data.
        topk (Sequence[int]): The k of R@k. Defaults to (1, 5, 10).
        collect_device (str): See ``mmengine.evaluator.BaseMetric``. Defaults to ``'cpu'``.
        prefix (str, optional): Defaults to ``'text_to_video'``.

    Attributes:
        record (MetricRecord | None): After an evaluation, on the main process.

    Raises:
        ValueError: If a k is below 1; when evaluating, if samples lack embeddings, are
            replacements of unreadable videos, or have embeddings that are not finite.
    """

    default_prefix = 'text_to_video'
    tests_heads = True  # LoadedWeightsHook requires them

    def __init__(
        self,
        split: str,
        topk: Sequence[int] = (1, 5, 10),
        collect_device: str = 'cpu',
        prefix: Optional[str] = None,
    ):
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.split = split
        self.topk = sorted(topk)
        if not self.topk or self.topk[0] < 1:
            raise ValueError(f'topk={topk}: give numbers of videos, at least 1')

    @property
    def settings(self) -> dict:
        return dict(topk=self.topk)

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Keep the embeddings of a batch.

        Args:
            data_batch (dict): ``inputs`` and ``data_samples`` of the data loader.
            data_samples (Sequence[dict]): Predictions with ``video_embedding`` and
                ``text_embedding``, (D,).
        """
        for inputs, sample, output in zip(
            data_batch['inputs'], data_batch['data_samples'], data_samples
        ):
            if 'video_embedding' not in output or 'text_embedding' not in output:
                raise ValueError(
                    'TextVideoRetrievalMetric needs embeddings of videos and sentences: test a '
                    'config whose model has an MILNCEHead, with ClipText in the pipeline and '
                    "'text' among the meta_keys of its PackActionInputs"
                )
            check_own_video(sample.metainfo)
            self.results.append(
                _Described(
                    sample.sample_idx,
                    sample.filename,
                    tuple(inputs.shape),
                    tuple(sample.text[0, 0].tolist()),
                    output['video_embedding'].double().cpu().numpy(),
                    output['text_embedding'].double().cpu().numpy(),
                )
            )

    def measure(self, results: List[_Described]) -> Dict[str, dict]:
        """Rank the videos for every sentence."""
        videos = self.one_a_video(results, 'embeddings')
        for each in videos:
            if not (np.isfinite(each.video).all() and np.isfinite(each.text).all()):
                raise ValueError(
                    f'{each.filename}: its embedding or that of its text is not finite'
                )
        scores = np.stack([each.text for each in videos]) @ np.stack([e.video for e in videos]).T
        ranks = (scores >= np.diag(scores)[:, None]).sum(axis=1)
        number = len(videos)
        clips, _, length, height, width = videos[0].shape
        middle = (number + 1) / 2
        return dict(
            protocol=dict(
                split=self.split, clips_a_video=clips, clip_len=length, size=[height, width]
            ),
            lists=dict(videos=(self.dataset_meta or {}).get('video_list')),
            counts=dict(videos=number, sentences=len({each.sentence for each in videos})),
            results=dict(
                {f'R@{k}': float((ranks <= k).mean()) for k in self.topk},
                median_rank=float(np.median(ranks)),
                mean_rank=float(ranks.mean()),
            ),
            chance=dict(
                {f'R@{k}': min(1.0, k / number) for k in self.topk},
                median_rank=middle,
                mean_rank=middle,
            ),
        )
