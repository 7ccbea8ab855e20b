"""Make the pictures of docs/ anew: python docs/screenshots.py; runs the browser test and keeps what it sees."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

if __name__ == "__main__":
    command = [sys.executable, "-m", "pytest", "-q", "tests/test_lab.py"]
    environment = {**os.environ, "PARTYBUILDING_SHOTS": str(HERE)}
    sys.exit(subprocess.run(command, cwd=HERE.parent, env=environment, check=False).returncode)  # noqa: S603
