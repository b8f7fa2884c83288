"""Write tests/bundle again, after a definition of a table has changed on purpose.

PYTHONPATH=workflow/scripts:tests python tests/remake_bundle.py
"""

import shutil
import tempfile
from pathlib import Path

from report_page import write_results
from sambench.bundle.write import write_bundle

HERE = Path(__file__).resolve().parent

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        write_results(Path(folder), HERE.parent)
        shutil.rmtree(HERE / "bundle", ignore_errors=True)
        print(len(write_bundle(Path(folder), HERE / "bundle")), "files")
