# Changes a fine-tuning config to a linear probe: the pre-trained backbone does not change, its
# norms are in eval mode, and only the classifier is trained. All settings are ours; the paper's
# linear probes are SVMs. The parts of a config have separate names here, because two bases may not
# set the same key.
linear_probe_model = dict(backbone=dict(frozen_stages=4), cls_head=dict(dropout_ratio=0))
linear_probe_optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=0))
