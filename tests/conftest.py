"""What every test can rely on, however pytest was started."""

import signal


def pytest_configure():
    """Let interruptions reach the commands that tests start.

    A shell starts background jobs with SIGINT ignored, and their children would inherit that.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
