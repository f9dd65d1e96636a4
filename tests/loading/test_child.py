"""A file is read by a process that can do nothing else, and that nothing survives."""

import dataclasses
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from explain.core.errors import Cancelled, ImportRefused
from models.loading.limits import LIMITS
from models.loading.processes import child, starting

linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
SMALL = dataclasses.replace(LIMITS, child_bytes=256 << 20, child_seconds=1, wall_seconds=20)


@pytest.fixture(params=["forked", "spawned"])
def way(request, monkeypatch):
    """Run in a forked reader, and in one that starts from nothing."""
    if request.param == "spawned":
        monkeypatch.setattr(starting, "can_fork", lambda: False)
    elif not starting.can_fork():
        pytest.skip("this system does not fork")
    return request.param


def _probe(limits=LIMITS, data=b"x", progress=None, **options):
    return child.run_job("probe", data, options, limits, progress=progress)


def _is_gone(process):
    for _ in range(100):
        if not Path(f"/proc/{process}").exists():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.usefixtures("way")
def test_a_job_gives_back_values_and_tensors():
    found, tensors = _probe(data=b"abc")
    assert found["bytes"] == 3
    assert torch.equal(tensors["zeros"], torch.zeros(2, 3))


@pytest.mark.usefixtures("way")
@linux
def test_a_reader_sees_no_environment_no_files_and_nothing_of_the_app(monkeypatch):
    monkeypatch.setenv("SPARSIGHT_SECRET", "x")
    inherited = os.open("/etc/hostname", os.O_RDONLY)
    os.set_inheritable(inherited, True)  # noqa: FBT003
    try:
        found, _ = _probe()
    finally:
        os.close(inherited)
    assert found["environment"] == []
    assert found["directory"] == []
    assert len(found["files"]) <= 6
    assert found["threads"] == 1
    assert found["main"] in ([], ["json", "main", "sys"])


@linux
def test_a_reader_reaches_no_network_where_the_system_lets_it_leave():
    left = subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True)
    if left.returncode:
        pytest.skip("this system keeps the network")
    assert _probe()[0]["networks"] == ["lo"]


@linux
def test_a_reader_can_write_no_file():
    assert _probe()[0]["writes"] is False


@pytest.mark.usefixtures("way")
@linux
def test_a_reader_that_takes_too_much_memory_is_refused_in_words():
    with pytest.raises(ImportRefused, match=r"more than 0\.250 GB of memory"):
        _probe(SMALL, use="memory")


@linux
def test_a_reader_that_computes_too_long_is_refused_in_words():
    with pytest.raises(ImportRefused, match="more than 1 s of computing time"):
        _probe(SMALL, use="time")


def test_a_reader_that_waits_too_long_is_refused_in_words():
    with pytest.raises(ImportRefused, match="longer than 1 s"):
        _probe(dataclasses.replace(LIMITS, wall_seconds=1), use="wall")


def test_a_reader_that_crashes_is_refused_and_the_next_one_works():
    with pytest.raises(ImportRefused, match="broke the process"):
        _probe(use="crash")
    assert _probe()[0]["bytes"] == 1


def test_cancelling_stops_the_reader_at_once():
    def cancel(_share, phase):
        if phase == "reading":
            raise Cancelled

    started = time.monotonic()
    with pytest.raises(Cancelled):
        _probe(use="wall", progress=cancel)
    assert time.monotonic() - started < 60


@linux
def test_no_reader_outlives_its_call():
    found, _ = _probe()
    assert _is_gone(found["process"])


def test_progress_says_what_is_done_and_how_far_it_is():
    told = []
    _probe(progress=lambda share, phase: told.append((phase, share)))
    assert {phase for phase, _ in told} <= {"starting", "reading", "waiting for other files"}
    assert all(0 <= share <= 1 for _, share in told)
    assert told[-1] == ("reading", 1.0)


def test_eight_threads_at_once_each_get_their_own_answer():
    with ThreadPoolExecutor(8) as pool:
        sizes = list(pool.map(lambda n: _probe(data=b"x" * n)[0]["bytes"], range(1, 25)))
    assert sizes == list(range(1, 25))


def test_threads_that_end_take_no_server_with_them():
    """A process may be told to end with the thread that started it; the server must not be."""
    starting._SERVER.stop()
    thread = threading.Thread(target=_probe)
    thread.start()
    thread.join()
    server = starting._SERVER.process
    time.sleep(0.2)
    assert _probe()[0]["bytes"] == 1
    assert starting._SERVER.process is server


@linux
def test_a_server_that_died_leaves_no_folder_and_is_started_again():
    _probe()
    place = str(Path(f"/proc/{starting._SERVER.process.pid}/cwd").readlink())
    assert "sparsight-" in place
    assert place.endswith("(deleted)")
    starting._SERVER.process.kill()
    starting._SERVER.process.wait()
    assert _probe()[0]["bytes"] == 1


def test_large_files_go_in_and_too_large_ones_do_not():
    data = bytes(30_000_000)
    assert _probe(data=data)[0]["bytes"] == len(data)
    with pytest.raises(ImportRefused, match="more than 1,000"):
        _probe(dataclasses.replace(LIMITS, file_bytes=1_000), data=data)


def test_an_answer_that_is_too_large_is_not_taken():
    with pytest.raises(ImportRefused):
        _probe(dataclasses.replace(LIMITS, result_bytes=100))


def test_an_unknown_job_is_refused():
    with pytest.raises(ImportRefused):
        child.run_job("shell", b"", {}, LIMITS)


@linux
def test_the_main_module_of_the_app_is_not_run_again(tmp_path):
    """Under Streamlit `__main__` is the script of the app."""
    marks = tmp_path / "runs"
    script = tmp_path / "app.py"
    script.write_text(
        "from pathlib import Path\n"
        f"with Path({str(marks)!r}).open('a') as file:\n"
        "    file.write('x')\n"
        "from models.loading.processes import child\n"
        "from models.loading.limits import LIMITS\n"
        "print(child.run_job('probe', b'ab', {}, LIMITS)[0]['bytes'])\n",
        encoding="utf-8",
    )
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.strip() == "2"
    assert marks.read_text(encoding="utf-8") == "x"
