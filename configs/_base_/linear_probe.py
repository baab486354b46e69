# What a linear probe changes in a fine-tuning config: the backbone stays as it was pre-trained,
# norms in eval mode, and only the classifier is trained. All ours: the paper's probes are SVMs.
# Parts of a config under names of their own, as two bases may not set the same key.
linear_probe_model = dict(backbone=dict(frozen_stages=4), cls_head=dict(dropout_ratio=0))
linear_probe_optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=0))
