"""`import explain` is quick: what is slow to import comes with its first use."""

import json

LATER = {"captum", "networkx", "pandas", "plotly", "streamlit"}
FRESH = """
import json, sys, time
start = time.process_time()
import torch
middle = time.process_time()
import explain
end = time.process_time()
ratio = (end - middle) / (middle - start)
names = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps({"ratio": ratio, "names": names}))
"""


def fresh(run_python):
    ended = run_python("-c", FRESH)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_what_is_slow_to_import_comes_with_its_first_use(run_python):
    assert LATER.isdisjoint(fresh(run_python)["names"])


def test_importing_explain_costs_no_more_than_importing_torch(run_python):
    assert fresh(run_python)["ratio"] < 1
