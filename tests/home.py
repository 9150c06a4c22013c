"""Loaded before anything else (`-p tests.home`): tests get a data folder of their own and never touch a real one."""

import os
import tempfile

os.environ["HUITAN_HOME"] = os.environ.get("HUITAN_TEST_HOME") or tempfile.mkdtemp(prefix="huitan-tests-")
