"""The serving package stands without torch."""

import subprocess
import sys


def test_importing_it_imports_no_torch() -> None:
    program = "import sys, mnist_serve, mnist_core.classifier; print('torch' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stdout == "False\n", done.stderr
