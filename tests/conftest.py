"""What holds for all tests."""

from __future__ import annotations

import signal

# A shell that starts us in the background lets us ignore SIGINT, and so would every process that a test starts:
# there Ctrl-C and the Stop button could not be tried.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
