"""What one thread frees the others can use."""

import subprocess
import sys

import pytest

TOLD = """
import ctypes, threading
from explain.core import share_one_heap
share_one_heap()
barrier, held = threading.Barrier(6), []
def work():
    held.append(bytearray(4096))
    barrier.wait()
threads = [threading.Thread(target=work) for _ in range(6)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
libc = ctypes.CDLL(None)
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc gives each thread a heap")
def test_threads_that_come_later_share_the_heap():
    told = subprocess.run([sys.executable, "-c", TOLD], capture_output=True, check=True)
    assert 1 <= told.stdout.count(b"<heap nr=") < 3
