# Linear SVM on HMDB51 split 1, on features of R3D-18, pre-trained on UCF101 (Table 1).
_base_ = ['../retrieval/r3d18_hmdb51.py']
test_evaluator = dict(
    _delete_=True, type='LinearProbeMetric', protocol=_base_.test_evaluator.protocol)
