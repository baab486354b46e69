# For models that do not fit into one device: parameters, gradients and the optimizer's state are
# divided among the processes. The blocks of a transformer are put together one at a time.
strategy = dict(
    type='SoundFSDPStrategy',
    model_wrapper=dict(auto_wrap_policy=dict(type='wrap_classes', classes=['Block'])))
