"""`python -m rnncourse lab` and `python -m rnncourse doctor`: the same as the command `rnncourse`."""

import sys

from rnncourse.cli import main

sys.exit(main())
