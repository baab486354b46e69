# Linear SVM on Something-Something V2, on features of R3D-18, every second frame.
_base_ = ['../retrieval/r3d18_sthv2.py']
test_evaluator = dict(
    _delete_=True, type='LinearProbeMetric', protocol=_base_.test_evaluator[0].protocol)
