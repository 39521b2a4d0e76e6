"""Wrong sweep files: `run` and `plan` refuse them before any work, exit status 2 and a report that says where, which key and what is allowed."""
from dataclasses import dataclass, field

import h5py
import numpy as np
import pytest

from program import BAD_INPUT, call

TABLES = {
    "sweep": 'name = "wrong"\nreplicas = 2',
    "data": "dimension = 100\nspikes = [2.0, 1.0]",
    "model": "hidden = 2",
    "training": "horizon = 10.0",
}
HERE = "§"  # stands right before the place that the report has to name


def sweep(tail="", **changed):
    """A good sweep file but for the tables given, and `tail` behind it."""
    tables = {**TABLES, **changed}
    return "".join(f"[{name}]\n{body}\n" for name, body in tables.items()) + tail


def axis(key, rest):
    return f'[[axis]]\nkey = "{key}"\n{rest}\n'


RATES = axis("training.learning_rate", "values = [1.0, 2.0]")


@dataclass
class Wrong:
    name: str
    text: str
    message: str                                   # behind the place
    options: list = field(default_factory=list)    # --set; the place is then the option
    prefix: bool = False                           # the message goes on with words of the system or of a library


ACTIVATIONS = 'one of "linear", "erf", "relu", "tanh", "sigmoid", "gelu", "softplus", "silu", "leaky_relu"'
WRONG = [
    # Keys and tables
    Wrong("misspelt_key", sweep(training="§weight_deca = 0.1"), "training.weight_deca: unknown key; did you mean training.weight_decay?"),
    Wrong("key_of_another_table", sweep(model="§learning_rate = 1.0"), "model.learning_rate: unknown key; did you mean training.learning_rate?"),
    Wrong("unknown_table", sweep("[§trainnig]\nhorizon = 3.0\n"), "trainnig: unknown table; did you mean [training]?"),
    Wrong("missing_spikes", sweep(data="dimension = 100").replace("[data]", "§[data]"),
          'data.spikes: missing; data.kind = "spiked" needs a list of numbers >= 0, or { count, first, ratio }'),
    # Types
    Wrong("text_for_a_number", sweep(training='horizon = §"long"'), 'training.horizon = "long": must be a number > 0 and <= 1000000000'),
    Wrong("integer_wanted", sweep(model="hidden = §2.5"), "model.hidden = 2.5: must be an integer from 1 to 65535"),
    Wrong("number_for_a_boolean", sweep(sweep="common_randomness = §1"), "sweep.common_randomness = 1: must be true or false"),
    Wrong("not_a_number", sweep(training="learning_rate = §nan"), "training.learning_rate = nan: must be a number > 0"),
    # Ranges and choices
    Wrong("negative_spike", sweep(data="dimension = 100\nspikes = [2.0, §-1.0]"), "data.spikes[1] = -1.0: must be a number >= 0"),
    Wrong("zero_horizon", sweep(training="horizon = §0"), "training.horizon = 0: must be a number > 0 and <= 1000000000"),
    Wrong("negative_decay", sweep(training="weight_decay = §-0.1"), "training.weight_decay = -0.1: must be a number >= 0, or a list of numbers >= 0"),
    Wrong("no_replica", sweep(sweep="replicas = §0"), "sweep.replicas = 0: must be an integer from 1 to 65535, or { min, max, until }"),
    Wrong("unknown_activation", sweep(model='activation = §"reelu"'), f'model.activation = "reelu": must be {ACTIVATIONS}; did you mean "relu"?'),
    Wrong("unknown_engine", sweep(sweep='engines = [§"odes"]'),
          'sweep.engines = "odes": must be a list of "ode", "sgd", "exact", "descent", "deep", each at most once; did you mean "ode"?'),
    # What has no meaning
    Wrong("tied_rate_untied", sweep(training="tied_rate = §3"), 
          "training.tied_rate: applies to model.tied = true only; no point of the sweep has it"),
    Wrong("rule_of_other_units", sweep(training='rule = §"oja"'), 
          'training.rule = "oja": its units are linear; model.activation = "erf" has no meaning for it'),
    Wrong("sgd_at_infinite_dimension", sweep(data='spikes = [1.0]\ndimension = §"infinity"'),
          'data.dimension = "infinity": one-pass SGD takes D steps for each unit of time; sweep.engines must not have "sgd"'),
    # What does not go together
    Wrong("hidden_not_below_dimension", sweep(model="hidden = §100"), "model.hidden = 100: must be smaller than data.dimension = 100 (K < D)"),
    Wrong("hidden_not_below_dimension_on_an_axis", sweep(axis("model.hidden", "values = [2, §100, 200]")),
          "model.hidden = 100: must be smaller than data.dimension = 100 (K < D); at hidden = 100 and at 1 more combination"),
    Wrong("more_components_than_dimensions", sweep("[record]\ncomponents = §9\n", data="dimension = 8\nspikes = [1.0]"),
          "record.components = 9: must be at most the smallest data.dimension of the grid, 8"),
    Wrong("bias_without_biases", sweep("[initial]\nbias = §0.5\n"),
          'initial.bias = 0.5: must be 0 with model.bias = "none"; "fixed" and "trained" have biases'),
    # Files
    Wrong("missing_file", sweep(data='kind = "spectrum"\nfile = §"nowhere.h5"'), "data.file: {folder}/nowhere.h5: no such file"),
    Wrong("file_that_is_not_hdf5", sweep(data='kind = "spectrum"\nfile = §"text.h5"'), "data.file: {folder}/text.h5: not an HDF5 file", prefix=True),
    Wrong("missing_images", sweep(data='kind = "images"\nfiles = §["nowhere.idx"]'), "data.files: {folder}/nowhere.idx: ", prefix=True),
    Wrong("start_file_of_wrong_shape", sweep('[initial]\nkind = "file"\nfile = §"start.h5"\n'),
          'initial.file = "{folder}/start.h5": has weights of shape (3, 100); the model needs (2, 100)'),
    # Axes
    Wrong("empty_axis", sweep(axis("model.hidden", "values = §[]")), "axis over model.hidden: values = []: must be a list of at least one value"),
    Wrong("two_axes_on_one_key", sweep(RATES + '[[axis]]\nname = "again"\nkey = §"training.learning_rate"\nvalues = [3.0]\n'),
          "training.learning_rate: moved by two axes; training.learning_rate is already moved at line 12"),
    Wrong("reserved_name", sweep('[[axis]]\nname = §"replica"\nkey = "model.hidden"\nvalues = [1, 2]\n'),
          'axis.name = "replica": reserved; names that an axis can\'t have are time, replica, component, k, l, ode, sgd, exact, descent, '
          "deep, phase, reference, refined"),
    Wrong("name_of_a_stored_quantity",
          sweep('[[axis]]\nname = §"pmse"\nkey = "model.hidden"\nvalues = [1, 2]\n'), 'axis.name = "pmse": ', prefix=True),
    Wrong("two_axes_of_one_name", sweep(axis("model.bias", 'values = ["none"]') + HERE + axis("initial.bias", "values = [0.0]")),
          'axis.name = "bias": two axes have this name; give one of them another `name`'),
    Wrong("value_twice", sweep(axis("training.weight_decay", "values = [0.1, 0.2, §0.1]")),
          "axis over training.weight_decay: 0.1 is there twice; the values of an axis must differ"),
    Wrong("logarithm_of_zero", sweep(axis("training.weight_decay", 'range = §{ from = 0.0, to = 1.0, count = 3, spacing = "log" }')),
          'axis over training.weight_decay: range from 0 to 1: spacing = "log" needs from > 0 and to > 0'),
    Wrong("linked_values_of_wrong_length",
          sweep('[[axis]]\nname = "net"\nkeys = ["model.activation", "model.bias"]\nvalues = [["erf", "none"], §["relu"]]\n'),
          'axis over model.activation, model.bias: ["relu"]: must be a list of 2 values, one a key'),
    Wrong("axis_over_a_shared_key", sweep("[[axis]]\nkey = §\"sweep.seed\"\nvalues = [1, 2]\n"),
          "sweep.seed: can't be an axis; the keys of [data], [model], [training] and [initial] can"),
    # Exclusions
    Wrong("exclusion_of_everything", sweep(RATES + '§[[exclude]]\n"training.learning_rate" = [1.0, 2.0]\n'),
          "exclude: the exclusions leave no point"),
    # Syntax
    Wrong("syntax", sweep(model="hidden = §= 2"), "not TOML: ", prefix=True),
    # Options
    Wrong("option_of_unknown_key", sweep(), "model.hiden: unknown key; did you mean model.hidden?", ["model.hiden=4"]),
    Wrong("option_on_an_axis", sweep(RATES),
          "training.learning_rate: moved by the axis at line 12, which overrides it", ["training.learning_rate=3"]),
    Wrong("option_of_wrong_type", sweep(), 'model.hidden = "many": must be an integer from 1 to 65535', ["model.hidden=many"]),
    Wrong("option_without_value", sweep(), "must be written --set key=value", ["model.hidden"]),
]


def place(text):
    before = text[:text.index(HERE)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def refused(command, folder, *options):
    """Calls the command on wrong.toml and returns its report, having checked that it did nothing else."""
    before = sorted(entry.name for entry in folder.rglob("*"))
    result = call(command, "wrong.toml", *options, cwd=folder)
    assert result.returncode == BAD_INPUT, result.stderr + result.stdout
    assert result.stdout == ""
    assert sorted(entry.name for entry in folder.rglob("*")) == before
    return result.stderr


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "text.h5").write_text("not HDF5\n")
    with h5py.File(tmp_path / "start.h5", "w") as file:
        file["encoder"] = np.ones((3, 100))
        file["decoder"] = np.ones((3, 100))
    return tmp_path


@pytest.mark.parametrize("command", ["run", "plan"])
@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_is_refused_with_a_report_to_act_on(wrong, command, folder):
    (folder / "wrong.toml").write_text(wrong.text.replace(HERE, ""))
    where = f"--set {wrong.options[0]}" if wrong.options else f"wrong.toml:{place(wrong.text)}"
    expected = f"{where}: {wrong.message.replace('{folder}', str(folder))}"
    report = refused(command, folder, *(part for option in wrong.options for part in ("--set", option)))
    assert report.startswith(expected) if wrong.prefix else report == expected + "\n"
    assert report.count("\n") == 1  # one fault, one line


@pytest.mark.parametrize("command", ["run", "plan"])
def test_several_faults_come_in_one_report_in_the_order_of_the_file(command, folder):
    text = sweep(axis("model.activation", 'values = ["erf", §"linaer"]'), data="dimension = 50\nspikes = [1.0]",
                 model="hidden = §50", training="§lerning_rate = 1.0\nhorizon = §-1.0")
    places = []
    while HERE in text:
        places.append(place(text))
        text = text.replace(HERE, "", 1)
    (folder / "wrong.toml").write_text(text)
    assert refused(command, folder, "--set", "solver.tolerance=1").splitlines() == [
        f"wrong.toml:{places[0]}: model.hidden = 50: must be smaller than data.dimension = 50 (K < D)",
        f"wrong.toml:{places[1]}: training.lerning_rate: unknown key; did you mean training.learning_rate?",
        f"wrong.toml:{places[2]}: training.horizon = -1.0: must be a number > 0 and <= 1000000000",
        f'wrong.toml:{places[3]}: model.activation = "linaer": must be {ACTIVATIONS}; did you mean "linear"?',
        "--set solver.tolerance=1: solver.tolerance: unknown key; the keys of [solver] are relative_tolerance, absolute_tolerance",
    ]


@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_sweep_file_that_cannot_be_read(command, tmp_path):
    assert refused(command, tmp_path) == "wrong.toml: can't be read\n"
    (tmp_path / "wrong.toml").mkdir()
    assert refused(command, tmp_path) == "wrong.toml: can't be read\n"


def test_the_sweep_without_faults_is_accepted(tmp_path):
    """Were it not, every refusal above could be for another reason than its own."""
    (tmp_path / "right.toml").write_text(sweep(RATES))
    result = call("plan", "right.toml", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
