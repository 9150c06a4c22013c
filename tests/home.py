"""Loaded before anything else (`-p tests.home`): tests get a data folder of their own and never touch a real one."""

import atexit
import os
import shutil
import tempfile

given = os.environ.get("HUITAN_TEST_HOME")
os.environ["HUITAN_HOME"] = given or tempfile.mkdtemp(prefix="huitan-tests-")
if not given:
    atexit.register(shutil.rmtree, os.environ["HUITAN_HOME"], ignore_errors=True)
