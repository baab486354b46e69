"""The runner of configs with a ``strategy``, for models that do not fit into one device."""

from typing import Any, Optional, Union

from mmaction.registry import RUNNERS
from mmengine.config import Config
from mmengine.fileio import join_path
from mmengine.runner import FlexibleRunner, Runner

# What Runner reads and FlexibleRunner does not, and what there is instead.
_NOT_READ = dict(
    activation_checkpointing='use model.chunk_size',
    compile='leave it out',
    detect_anomalous_params='leave it out',
    efficient_conv_bn_eval='leave it out',
    model_wrapper_cfg='give its arguments to strategy.model_wrapper',
)
# What changes or copies whole weights, of which FSDP leaves a part on each process.
_WHOLE = ('EMAHook', 'ProbeFirstHook', 'ClusteringHook')


@RUNNERS.register_module()
class StrategyRunner(FlexibleRunner):
    """mmengine's ``FlexibleRunner``, with what hooks expect of ``Runner``.

    The epoch and iteration of a checkpoint are those that the hook gives: mmengine replaces them,
    and the checkpoint beside a best one would be of an epoch that has not begun.
    """

    @property
    def _log_dir(self) -> str:
        return self.strategy.log_dir

    def build_param_scheduler(self, scheduler: Any) -> Any:
        """Build schedulers for the optimizer of this run.

        Args:
            scheduler (dict | list[dict]): Their configs.
        """
        return self.strategy.build_param_scheduler(scheduler, self.optim_wrapper)

    def save_checkpoint(
        self,
        out_dir: str,
        filename: str,
        file_client_args: Optional[dict] = None,
        save_optimizer: bool = True,
        save_param_scheduler: bool = True,
        meta: Optional[dict] = None,
        by_epoch: bool = True,
        backend_args: Optional[dict] = None,
    ) -> None:
        """Save a checkpoint; all processes have to call it."""
        position = dict(epoch=self.epoch, iter=self.iter)
        position['epoch' if by_epoch else 'iter'] += 1
        meta = dict(position, **(meta or {}), cfg=self.cfg.pretty_text)
        meta['experiment_name'] = self.experiment_name
        if hasattr(self.train_dataloader.dataset, 'metainfo'):
            meta['dataset_meta'] = self.train_dataloader.dataset.metainfo
        checkpoint = dict(meta=meta, message_hub=self.message_hub.state_dict())
        self.strategy.save_checkpoint(
            filename=join_path(out_dir, filename, backend_args=backend_args),
            save_optimizer=save_optimizer,
            save_param_scheduler=save_param_scheduler,
            extra_ckpt=checkpoint,
            callback=lambda whole: self.call_hook('before_save_checkpoint', checkpoint=whole),
        )


def build_runner(cfg: Config) -> Union[Runner, StrategyRunner]:
    """Mmengine's ``Runner``, or :class:`StrategyRunner` if the config has a ``strategy``.

    Args:
        cfg (Config): Of a run.

    Raises:
        ValueError: If the strategy does not go with the rest of the config.
    """
    if not cfg.get('strategy'):
        return Runner.from_cfg(cfg)
    _check(cfg)
    cfg.setdefault('env_cfg', {})  # FlexibleRunner has no default
    return StrategyRunner.from_cfg(cfg)


def _check(cfg: Config) -> None:
    strategy = cfg.strategy
    strategy.setdefault('_scope_', 'mmengine')  # where strategies are registered
    kind = _name(strategy.get('type', 'SoundFSDPStrategy'))
    for key, remedy in _NOT_READ.items():
        if cfg.get(key):
            raise ValueError(f'{key} has no effect on a run with a strategy: {remedy}')
    if 'DeepSpeed' in kind:
        raise ValueError(
            f'strategy.type={kind!r}: mmengine saves its checkpoints as folders, which no '
            'evaluation loads, and reads them without the checks of hooks. Use FSDP, as '
            'configs/_base_/fully_sharded.py does'
        )
    if kind not in ('FSDPStrategy', 'SoundFSDPStrategy'):
        raise ValueError(
            f'strategy.type={kind!r}: only SoundFSDPStrategy is supported; runs whose model fits '
            'into one device, on one or several, need no strategy (--cfg-options strategy=None)'
        )
    if cfg.get('launcher', 'none') == 'none':
        raise ValueError(
            f'strategy.type={kind!r} divides the model among processes, and this is one: start '
            'several with tools/dist_train.sh or tools/dist_test.sh, or leave out the strategy '
            '(--cfg-options strategy=None)'
        )
    strategy.type = 'SoundFSDPStrategy'  # takes the arguments of FSDPStrategy
    strategy.setdefault('sync_bn', cfg.get('sync_bn'))
    hooks = [*(cfg.get('custom_hooks') or []), *cfg.default_hooks.values()]
    names = [_name(hook.get('type')) for hook in hooks if hook]
    refused = [name for name in names if name in _WHOLE]
    if refused:
        raise ValueError(
            f'{refused[0]} works on whole weights, of which {kind} leaves a part on each process: '
            'take it out of custom_hooks, or train without strategy'
        )


def _name(kind: Any) -> str:
    """The name of a ``type``, which is a class or a name with or without a scope."""
    return kind.__name__ if isinstance(kind, type) else str(kind).rpartition('.')[2]
