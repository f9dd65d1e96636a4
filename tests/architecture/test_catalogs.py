import importlib
import pkgutil
import re
from dataclasses import replace

import pytest

from explain import PruningPlan
from explain.attribution import ATTRIBUTORS
from explain.attribution import methods as method_files
from explain.core.methods import Attributor, Criterion, Grain, Meter, Partitioner
from explain.decompose import PARTITIONERS
from explain.decompose import partitioners as partitioner_files
from explain.measure import METERS
from explain.measure import meters as meter_files
from explain.pruning import CRITERIA, GRAINS, control_of, grain, misfit, parameters_of
from explain.pruning import criteria as criterion_files
from explain.pruning import grains as grain_files
from models import zoo as demo_files
from models.catalog import CATALOG, DEMOS, OPTIONAL
from models.demo import Demo
from models.registry import ARCHITECTURES, Architecture
from models.registry import architectures as architecture_files

FAMILIES = {
    "methods": (method_files, Attributor, ATTRIBUTORS),
    "criteria": (criterion_files, Criterion, CRITERIA),
    "grains": (grain_files, Grain, GRAINS),
    "metrics": (meter_files, Meter, METERS),
    "partition methods": (partitioner_files, Partitioner, PARTITIONERS),
    "architectures": (architecture_files, Architecture, ARCHITECTURES),
    "demos": (demo_files, Demo, DEMOS),
}
KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@pytest.fixture(params=FAMILIES)
def family(request):
    return FAMILIES[request.param]


def records_of(module, kind):
    """Return the records among the names of a file, those in a tuple too."""
    named = [v if isinstance(v, tuple) else (v,) for v in vars(module).values()]
    return [value for values in named for value in values if isinstance(value, kind)]


def own_records(package, kind):
    """Return the records made in the files of a folder, each with the file that made it."""
    found = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        found[info.name] = records_of(module, kind)
    return found


def test_every_file_of_a_family_has_its_records_in_the_catalog(family):
    package, kind, catalog = family
    for name, records in own_records(package, kind).items():
        assert records, f"{name} makes no {kind.__name__}"
        missing = [record.key for record in records if record not in catalog]
        assert not missing, f"{name}: {missing} stand in no catalog"


def test_a_catalog_lists_every_record_once(family):
    _, _, catalog = family
    keys = [record.key for record in catalog]
    assert len(keys) == len(set(keys))
    assert all(KEY.fullmatch(key) for key in keys)


def test_titles_are_told_apart_in_menus(family):
    _, _, catalog = family
    titles = [record.title for record in catalog]
    assert len(titles) == len(set(titles))


def test_a_record_says_in_one_line_what_it_does(family):
    _, _, catalog = family
    for record in catalog:
        assert record.line.endswith(".")
        assert "\n" not in record.line


def test_the_menu_of_models_follows_the_demos():
    menu = [entry.key for entry in CATALOG]
    assert menu[: len(DEMOS)] == [demo.key for demo in DEMOS]
    assert set(menu[len(DEMOS) :]) <= {entry.key for entry in OPTIONAL}


def test_every_criterion_names_its_formula_and_its_source():
    for record in CRITERIA:
        assert record.formula
        assert re.search(r"arXiv:\d{4}\.\d{5}|control", record.source), record.key


def test_every_attribution_method_names_its_formula_and_its_source():
    for record in ATTRIBUTORS:
        assert record.formula
        assert re.search(r"arXiv:\d{4}\.\d{4,5}|doi:10\.\d{4}/", record.source), record.key


def test_every_partition_method_names_its_formula_and_its_source():
    named = r"arXiv:[a-z-]*/?\d{4,7}(\.\d{4,5})?|the architecture|Kernighan|you|control"
    for record in PARTITIONERS:
        assert record.formula
        assert re.search(named, record.source), record.key


def test_every_kind_of_entry_has_a_random_control():
    for what in GRAINS:
        assert control_of(what).seeded, what.key


def test_every_grain_names_its_source_and_says_what_it_counts():
    for record in GRAINS:
        assert re.search(r"arXiv:\d{4}\.\d{5}|doi:10\.\d{4}/", record.source), record.key
        assert "{kept}" in record.still
        assert "{total}" in record.still


def test_a_criterion_starts_with_a_grain_that_it_serves():
    for record in CRITERIA:
        assert misfit(record, grain(record.granularity)) is None, record.key


def test_no_number_of_a_grain_has_the_name_of_one_of_a_criterion():
    for record in CRITERIA:
        for what in GRAINS:
            found = parameters_of(PruningPlan(criterion=record.key, granularity=what.key))
            assert len({parameter.key for parameter in found}) == len(found)


@pytest.mark.parametrize("record", CRITERIA, ids=lambda record: record.key)
def test_a_criterion_that_needs_data_says_so_where_there_are_none(record, demo):
    subject = demo("digits-mlp")
    assert record.fits(subject) is None
    refused = record.fits(replace(subject, calibration=None))
    assert (refused is not None) == ("data" in record.needs)


@pytest.mark.parametrize("record", CRITERIA, ids=lambda record: record.key)
def test_a_criterion_that_needs_labels_says_so_where_there_are_none(record, demo):
    subject = demo("digits-mlp")
    unlabelled = replace(subject, calibration=replace(subject.calibration, targets=None))
    refused = record.fits(unlabelled)
    assert (refused is not None) == ("labels" in record.needs)
