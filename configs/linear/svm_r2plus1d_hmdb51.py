# Linear SVM on HMDB51 split 1, on features of R(2+1)D-18, pre-trained on UCF101.
_base_ = ['../retrieval/r2plus1d_hmdb51.py']
test_evaluator = dict(
    _delete_=True, type='LinearProbeMetric', protocol=_base_.test_evaluator.protocol)
