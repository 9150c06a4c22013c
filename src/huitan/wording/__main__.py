import sys

from .cli import run

sys.exit(run(sys.argv[1:], sys.stdin, sys.stdout))
