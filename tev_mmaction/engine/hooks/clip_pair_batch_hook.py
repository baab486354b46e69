"""Refuses, before the first iteration, batches in which Eq. 1 would lack positives."""

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner


@HOOKS.register_module()
class ClipPairBatchHook(Hook):
    """Checks that the data loader can hand whole groups of clip pairs to the model.

    Raises (before training):
        TypeError: If a dataset wrapper hides ``__getitems__``, by which batches are grouped.
        ValueError: If there is no batch, if batches do not divide into groups, or if the last one
            is smaller than a group.
    """

    def before_train(self, runner: Runner) -> None:
        """Check the train data loader."""
        loader = runner.train_dataloader
        dataset = loader.dataset
        if not callable(getattr(dataset, '__getitems__', None)):
            raise TypeError(
                f'{type(dataset).__name__} hides the method __getitems__ of ClipPairDataset, so '
                'no two videos would share a relative transformation. Use ClipPairDataset '
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
        if len(sampler.sampler) < sampler.batch_size and sampler.drop_last:
            raise ValueError(
                f'{len(sampler.sampler)} videos make no batch of {sampler.batch_size}, and '
                'train_dataloader.drop_last=True leaves out what does not fill one: lower '
                'train_dataloader.batch_size'
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
        if getattr(sampler.sampler, 'shuffle', True) is False:
            runner.logger.warning(
                'train_dataloader.sampler does not shuffle: clip pairs are drawn by the list of a '
                "batch's videos, so every epoch would repeat the draws of the first"
            )
