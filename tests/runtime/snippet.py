"""`python -m tests.runtime.snippet CODE ARGUMENT…` runs the code of a test as another process."""

import sys

code = sys.argv.pop(1)
exec(compile(code, "snippet", "exec"))
