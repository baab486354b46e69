"""Tests a pre-trained model at its own tasks, on videos that it was not trained on."""

from typing import Sequence

import torch
from mmaction.registry import LOOPS
from mmengine.runner import CheckpointLoader, TestLoop

from ..models.heads import ClassificationHead, collect_targets
from ..models.recognizers import TimeEquivariantRecognizer
from .divided import unwrapped, whole_state


@LOOPS.register_module()
class TaskTestLoop(TestLoop):
    """Runs the heads of a :class:`TimeEquivariantRecognizer` in evaluation mode.

    What mmengine's ``TestLoop`` asks of a model are predictions; here, each batch gives what its
    training would have logged, ``acc_*`` and ``loss_*``, with the running statistics of
    batch-norm and without any step. For :class:`TaskMetric`.

    Args:
        runner (Runner): The runner.
        dataloader (DataLoader | dict): Of a dataset such as that of the pre-training, with other
            videos. All batches should be full: contrastive tasks are harder in larger ones.
        evaluator (Evaluator | dict | list): ``dict(type='TaskMetric', ...)``.

    Raises:
        ValueError: When run, if no checkpoint is loaded, or one that lacks weights of the heads:
            random heads would be tested.
    """

    tests_heads = True  # LoadedWeightsHook requires them

    @property
    def _model(self) -> TimeEquivariantRecognizer:
        return unwrapped(self.runner.model)

    def run(self) -> dict:
        """Launch the test."""
        self._check_weights()
        return super().run()

    @torch.no_grad()
    def run_iter(self, idx: int, data_batch: dict) -> None:
        """Run the heads on one batch."""
        self.runner.call_hook('before_test_iter', batch_idx=idx, data_batch=data_batch)
        model = self._model
        data = model.data_preprocessor(data_batch, training=False)
        logs = self.runner.model(**data, mode='loss')
        targets = collect_targets(data['data_samples'])
        counts = {
            name: head.class_counts(targets).tolist()
            for name, head in model.tasks.items()
            if isinstance(head, ClassificationHead)
        }
        figures = {name: value.item() for name, value in logs.items()}
        outputs: Sequence[dict] = [dict(figures, class_counts=counts)]
        self.evaluator.process(data_samples=outputs, data_batch=data_batch)
        self.runner.call_hook(
            'after_test_iter', batch_idx=idx, data_batch=data_batch, outputs=outputs
        )

    def _check_weights(self) -> None:
        source = self.runner._load_from
        if source is None:
            raise ValueError('TaskTestLoop tests trained heads: give a checkpoint of pre-training')
        checkpoint = CheckpointLoader.load_checkpoint(source, map_location='cpu')
        known = checkpoint.get('state_dict', checkpoint)
        missing = [f'heads.{name}' for name in whole_state(self.runner.model, 'heads')]
        missing = [name for name in missing if name not in known]
        if missing:
            heads = sorted({name.split('.')[1] for name in missing})
            raise ValueError(
                f'{source} has no weights for {len(missing)} parameters of the heads '
                f'{", ".join(heads)}, such as {missing[0]}: set model.heads of the config to those '
                'that were trained (None leaves one out)'
            )
