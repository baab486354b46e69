"""Refuses, before the first iteration, batches without positives for Eq. 1."""

from mmaction.registry import HOOKS
from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.utils.dl_utils.parrots_wrapper import _BatchNorm
from torch.nn import SyncBatchNorm


@HOOKS.register_module()
class ClipPairBatchHook(Hook):
    """Checks that the data loader gives whole groups of clip pairs to the model.

    The check runs before training.

    Raises:
        TypeError: If a dataset wrapper hides ``__getitems__``, which groups the batches.
        ValueError: If batches do not divide into groups, if the last batch is smaller than a
            group, or if ranks with one group each have separate batch-norm statistics.
    """

    def before_train(self, runner: Runner) -> None:
        """Check the train data loader."""
        loader = runner.train_dataloader
        dataset = loader.dataset
        if not callable(getattr(dataset, '__getitems__', None)):
            raise TypeError(
                f'{type(dataset).__name__} hides the method __getitems__ of ClipPairDataset, by '
                'which videos are grouped and draws differ between epochs. Use ClipPairDataset '
                'unwrapped: raise train_cfg.max_epochs instead of RepeatDataset, join the lists '
                'into one file instead of ConcatDataset.'
            )
        group_size = getattr(dataset, 'group_size', 1)
        sampler = loader.batch_sampler
        if sampler.batch_size % group_size:
            below = sampler.batch_size // group_size * group_size
            fitting = [str(n) for n in (below, below + group_size) if n]
            raise ValueError(
                f'train_dataloader.batch_size={sampler.batch_size} does not divide into groups of '
                f'{group_size} videos: use {" or ".join(fitting)}'
            )
        last = len(sampler.sampler) % sampler.batch_size
        if last and sampler.drop_last:
            runner.logger.info(
                f'drop_last=True: every epoch leaves out {last} of {len(sampler.sampler)} videos, '
                'others each time'
            )
        if 0 < last < group_size and not sampler.drop_last:
            raise ValueError(
                f'{len(sampler.sampler)} videos in batches of {sampler.batch_size} leave a last '
                f'batch of {last}, smaller than a group of {group_size}: set '
                'train_dataloader.drop_last=True or another batch_size'
            )
        unshuffled = getattr(sampler.sampler, 'shuffle', True) is False
        if unshuffled or sampler.batch_size == 1:
            what = 'sampler does not shuffle' if unshuffled else 'batch_size is 1'
            runner.logger.warning(
                f"train_dataloader.{what}: clips are drawn by the list of a batch's videos, so "
                'every epoch repeats the draws of the first'
            )
        self._check_norms(runner, num_groups=sampler.batch_size // group_size)

    @staticmethod
    def _check_norms(runner: Runner, num_groups: int) -> None:
        """Statistics of one group alone would make its videos recognisable."""
        if get_world_size() == 1:
            return
        local = [
            name
            for name, module in runner.model.named_modules()
            if isinstance(module, _BatchNorm) and not isinstance(module, SyncBatchNorm)
        ]
        if not local:
            return
        message = (
            f'{len(local)} batch-norms ({local[0]}, ...) are not synchronised between ranks, so '
            'the videos of a rank share statistics that others do not. On GPUs set '
            "sync_bn='torch'; on CPUs, where PyTorch has none, use norm_cfg=dict(type='GN', "
            'num_groups=...) in the backbone and norm_cfg=None in the heads'
        )
        if num_groups == 1:
            raise ValueError(f'{message}; with one group a rank they would give it away.')
        runner.logger.warning(message)
