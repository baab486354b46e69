"""Make the report of a run: ``tev-report`` without installing the package.

python tools/report.py WORK_DIR --evaluations pre-trained=TEST_DIR random=OTHER_TEST_DIR
"""

from tev_mmaction.cli.report import main

if __name__ == '__main__':
    main()
