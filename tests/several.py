"""Several runs of tools in one process: starting one takes longer than such a run.

The argument is a list, in JSON, of scripts with their arguments. What each raised, null if nothing,
is the last line of the output.
"""

import json
import os
import runpy
import sys

if __name__ == '__main__':
    raised = []
    for words in json.loads(sys.argv[1]):
        sys.argv = words
        try:
            sys.path.insert(0, os.path.dirname(words[0]))  # as for a script
            runpy.run_path(words[0], run_name='__main__')
            raised.append(None)
        except (Exception, SystemExit) as error:
            raised.append(f'{type(error).__name__}: {error}')
    print(json.dumps(raised))
