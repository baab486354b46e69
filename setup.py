"""Installs ``tev_mmaction``; ``tev_mmaction/.mim`` has configs, tools and index, for mim."""

import os
import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
MIM = ('configs', 'tools', 'model-index.yml')
REMOTE = ['fsspec>=2024.2', 'aiohttp']  # aiohttp: of its http://
ONNX = ['onnx', 'onnxruntime', 'onnxscript>=0.5']


class BuildWithMim(build_py):
    """Puts them into the package: copies in a wheel, links where it is editable."""

    def run(self):
        super().run()
        target = (
            Path('tev_mmaction' if self.editable_mode else Path(self.build_lib, 'tev_mmaction'))
            / '.mim'
        )
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in MIM:
            if self.editable_mode:
                os.symlink(Path('..', '..', name), target / name)
            elif (ROOT / name).is_file():
                shutil.copy(ROOT / name, target / name)
            else:
                shutil.copytree(
                    ROOT / name, target / name, ignore=shutil.ignore_patterns('__pycache__')
                )


setup(
    name='tev_mmaction',
    version=re.search(
        r"__version__ = '(.+)'", (ROOT / 'tev_mmaction/version.py').read_text()
    ).group(1),
    description='Time-equivariant contrastive video representation learning for MMAction2',
    long_description=(ROOT / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    packages=find_packages(include=['tev_mmaction', 'tev_mmaction.*']),
    package_data={
        'tev_mmaction': ['py.typed'],
        'tev_mmaction.reporting': ['templates/*.*', 'templates/report/*.html'],
        'tev_mmaction.weights': ['files/*'],
    },
    entry_points=dict(
        console_scripts=[
            'tev-embed = tev_mmaction.cli.embed:main',
            'tev-report = tev_mmaction.cli.report:main',
            'tev-search = tev_mmaction.cli.search:main',
        ]
    ),
    classifiers=[
        'Development Status :: 3 - Alpha',
        'Intended Audience :: Science/Research',
        'Programming Language :: Python :: 3',
        'Programming Language :: Python :: 3.10',
        'Programming Language :: Python :: 3.11',
        'Programming Language :: Python :: 3.12',
        'Programming Language :: Python :: 3.13',
        'Topic :: Scientific/Engineering :: Artificial Intelligence',
        'Typing :: Typed',
    ],
    project_urls={'Paper': 'https://arxiv.org/abs/2112.03624'},
    cmdclass=dict(build_py=BuildWithMim),
    python_requires='>=3.10,<3.14',
    install_requires=[
        'torch>=2.6',  # loads checkpoints with weights_only=True
        'mmengine>=0.10.7,<0.11',
        'mmaction2>=1.2.0,<1.3',
        'mmcv-lite>=2.1.0,<2.2.0',
        'setuptools<82',  # mmengine imports pkg_resources
        'importlib_metadata',  # so does mmaction2, undeclared
        'av>=17',
        'jinja2>=3',
        'decord>=0.6.0; platform_machine in "x86_64 AMD64" and sys_platform != "darwin"',
        'matplotlib',
        'pillow',
        'scikit-learn>=1.4',
        'safetensors',
        'tqdm',
    ],
    extras_require=dict(
        test=[
            'flask',
            'flask-cors',
            'huggingface_hub',
            'hypothesis',
            'moto[s3]',
            'mypy',
            *ONNX,
            'pytest',
            'pytest-cov',
            'pytest-timeout',
            'pytest-xdist',
            'pytorch-metric-learning',
            'ruff',
            's3fs',
            'tensorboard',
            'types-tqdm',
        ],
        docs=['furo', 'ipykernel', 'myst-nb', 'sphinx'],
        hub=['huggingface_hub>=0.26'],
        parquet=['pyarrow'],
        remote=REMOTE,
        s3=[*REMOTE, 's3fs'],
        gs=[*REMOTE, 'gcsfs'],
        az=[*REMOTE, 'adlfs'],
        mteb=['mteb>=2.26,<3', 'datasets>=4'],
        onnx=ONNX,
        tensorboard=['tensorboard'],
        text=['transformers>=5'],
    ),
    zip_safe=False,
)
