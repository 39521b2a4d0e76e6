"""The commands of a single process: what they print, what they write, how they exit."""
import json
import re
import shutil
import signal

import h5py
import numpy as np
import pytest

from program import (ALL_DONE, BAD_INPUT, DIVERGED, DONE, ERROR, FAILED, PENDING, SOME_FAILED, STOPPED_EARLY, TINY, call, call_on_terminal,
                     display_columns, end, ended_rows, finish, read_columns, start, sweep_of_seconds, wait_for_rows, without_escapes)

COMMANDS = ["run", "plan", "status", "show", "keys", "compare", "judge", "extend", "merge", "replay", "verify", "export"]


def events(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def grid_rows(text):
    """Labels and cells of a phase diagram's rows, from top to bottom."""
    return [tuple(part.strip() for part in line.split("│")) for line in without_escapes(text).splitlines() if "│" in line]


# --- help ---------------------------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command, tmp_path):
    result = call(command, "--help", cwd=tmp_path)
    assert result.returncode == ALL_DONE and re.search(rf"Examples?:.*aesweep {command}\b", result.stdout)


def test_help_lists_all_commands_and_exit_statuses(tmp_path):
    result = call("--help", cwd=tmp_path)
    assert result.returncode == ALL_DONE
    assert all(re.search(rf"^  {command}\s", result.stdout, re.MULTILINE) for command in COMMANDS)
    assert all(status in result.stdout for status in ("0 all done", "1 error", "2 bad sweep file", "3 some points failed", "75 stopped early"))


@pytest.mark.parametrize("arguments", [[], ["run"], ["show"], ["compare", "one.h5"], ["frobnicate"], ["run", "tiny.toml", "--frobnicate"],
                                       ["show", "tiny.h5", "--width", "3"], ["plan", "tiny.toml", "--ranks", "0"]])
def test_wrong_arguments_exit_2_and_point_to_the_help(arguments, tiny):
    result = call(*arguments, cwd=tiny)
    assert (result.returncode, result.stdout) == (BAD_INPUT, "") and "--help" in result.stderr


# --- run ----------------------------------------------------------------------------------------------------------------------------------------

def test_a_run_computes_every_row_and_says_what_next(tiny_copy):
    result = call("run", "tiny.toml", cwd=tiny_copy)
    assert (result.returncode, result.stderr) == (ALL_DONE, "")
    assert "12 tasks to do on 1 rank" in result.stdout and "finished: 12 of 12 tasks" in result.stdout and "aesweep show tiny.h5" in result.stdout
    assert "\x1b" not in result.stdout and "\r" not in result.stdout
    for engine in ("ode", "sgd"):
        columns = [f"{engine}/{name}" for name in ("status", "rank", "attempts", "seconds")]
        status, rank, attempts, seconds = read_columns(tiny_copy / "tiny.h5", *columns)
        assert (status == DONE).all() and (rank == 0).all() and (attempts == 1).all() and (seconds > 0).all()


def test_the_same_command_again_computes_nothing(tiny_copy):
    call("run", "tiny.toml", cwd=tiny_copy)
    before = read_columns(tiny_copy / "tiny.h5", "ode/seconds", "sgd/seconds", "ode/attempts", "sgd/attempts")
    result = call("run", "tiny.toml", cwd=tiny_copy)
    assert result.returncode == ALL_DONE and "0 tasks to do" in result.stdout
    after = read_columns(tiny_copy / "tiny.h5", "ode/seconds", "sgd/seconds", "ode/attempts", "sgd/attempts")
    assert all(np.array_equal(a, b) for a, b in zip(before, after))


def test_quiet_says_nothing(tiny_copy):
    result = call("run", "tiny.toml", "-o", "silent.h5", "--quiet", cwd=tiny_copy)
    assert (result.returncode, result.stdout, result.stderr) == (ALL_DONE, "", "") and (tiny_copy / "silent.h5").exists()


def test_another_sweep_on_the_same_file_is_refused_with_the_difference(tiny):
    before = (tiny / "tiny.h5").read_bytes()
    result = call("run", "tiny.toml", "--set", "training.learning_rate=0.5", "--set", "sweep.seed=6", cwd=tiny)
    assert (result.returncode, result.stdout) == (BAD_INPUT, "")
    assert "tiny.h5: made from another sweep" in result.stderr and "-o" in result.stderr
    assert {line.strip() for line in result.stderr.splitlines() if " -> " in line and ": " in line and line.startswith("  ")} == {
        "sweep.seed: 5 -> 6", "training.learning_rate: 1 -> 0.5"}
    assert (tiny / "tiny.h5").read_bytes() == before


def test_an_override_is_obeyed_and_recorded(tiny_copy):
    arguments = ["run", "tiny.toml", "--set", "model.hidden=3", "--set", "sweep.name=other"]
    assert call(*arguments, cwd=tiny_copy).returncode == ALL_DONE
    with h5py.File(tiny_copy / "other.h5", "r") as file:
        text = file.attrs["sweep"]
        assert re.search(r"hidden = 3\b", text) and "hidden = 2" not in text
        assert file.attrs["command"] == "aesweep run tiny.toml --set model.hidden=3 --set sweep.name=other"
    (tiny_copy / "recorded.toml").write_text(text)  # the recorded text alone makes the same sweep
    again = call("run", "recorded.toml", "-o", "other.h5", cwd=tiny_copy)
    assert again.returncode == ALL_DONE and "0 tasks to do" in again.stdout


def test_a_file_that_is_no_result_is_left_alone(tiny_copy):
    (tiny_copy / "tiny.h5").write_text("precious notes\n")
    result = call("run", "tiny.toml", cwd=tiny_copy)
    assert result.returncode == ERROR and "tiny.h5" in result.stderr and "not an HDF5 file" in result.stderr
    assert (tiny_copy / "tiny.h5").read_text() == "precious notes\n"


# At this learning rate a step of the flow's integrator that resolves the dynamics is below 1e-12 horizons, where it gives up; SGD overflows at once.
TOO_FAST = TINY.replace('key = "training.weight_decay"\nvalues = [0.01, 0.5, 5.0]', 'key = "training.learning_rate"\nvalues = [0.5, 1e15]')


def test_a_failing_task_is_recorded_and_the_sweep_goes_on(tmp_path):
    (tmp_path / "fast.toml").write_text(TOO_FAST)
    result = call("run", "fast.toml", "-o", "fast.h5", cwd=tmp_path)
    assert result.returncode == SOME_FAILED, result.stderr
    assert "4 rows failed: messages in fast.h5.events.jsonl" in result.stdout
    ode, sgd, pmse, learnt, checksum = read_columns(tmp_path / "fast.h5", "ode/status", "sgd/status", "ode/pmse", "ode/learnt", "ode/checksum")
    assert (ode[:, 0] == DONE).all() and (ode[:, 1] == FAILED).all()
    assert (sgd[:, 0] == DONE).all() and (sgd[:, 1] == DIVERGED).all()
    assert np.isnan(pmse[:, 1]).all() and (learnt[:, 1] == -1).all() and (checksum != 0).all()
    failures = [event for event in events(tmp_path / "fast.h5.events.jsonl") if event["event"] == "failure"]
    assert sorted((event["point"], event["replica"]) for event in failures) == [(1, 0), (1, 1), (3, 0), (3, 1)]
    assert all(re.match(r"ode: the flow's (step size underflows|state is no longer finite) at t = ", event["message"]) for event in failures)
    assert all(event["attempts"] == 1 and event["rank"] == 0 and event["host"] for event in failures)
    again = call("run", "fast.toml", "-o", "fast.h5", cwd=tmp_path)  # failed rows are not pending: the verdict stays
    assert again.returncode == SOME_FAILED and "0 tasks to do" in again.stdout
    assert json.loads(call("status", "fast.h5", "--json", cwd=tmp_path).stdout)["engines"]["ode"]["failed"] == 4


def test_a_tolerance_that_cannot_be_met_fails_with_its_values(tiny_copy):
    result = call("run", "tiny.toml", "--set", "solver.relative_tolerance=1e-14", "--set", "solver.absolute_tolerance=1e-300", cwd=tiny_copy)
    assert result.returncode == SOME_FAILED
    messages = [event["message"] for event in events(tiny_copy / "tiny.h5.events.jsonl") if event["event"] == "failure"]
    assert messages and all(message.endswith("relative tolerance 1e-14, absolute tolerance 1e-300 can't be met") for message in messages)


# --- stopping, resuming, writing alone ------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """slow.toml (24 tasks of some 0.1 s) and undisturbed.h5, its result."""
    folder = tmp_path_factory.mktemp("slow")
    (folder / "slow.toml").write_text(sweep_of_seconds("slow", folder, tasks=24, seconds_of_task=0.075))
    assert call("run", "slow.toml", "-o", "undisturbed.h5", cwd=folder).returncode == ALL_DONE
    return folder


@pytest.mark.parametrize("stop", [signal.SIGUSR1, signal.SIGTERM, signal.SIGINT], ids=lambda stop: stop.name)
def test_a_signal_drains_and_the_same_command_completes(stop, slow):
    path = slow / f"{stop.name}.h5"
    command = ("run", "slow.toml", "-o", path.name)
    process = start(*command, cwd=slow)
    try:
        wait_for_rows(process, path, 3)
        process.send_signal(stop)
        status, output = finish(process)
    finally:
        end(process)
    assert status == STOPPED_EARLY and "the same command continues" in output
    ended, seconds = read_columns(path, "sgd/status", "sgd/seconds")
    assert 3 <= (ended == DONE).sum() < ended.size and ((ended == DONE) | (ended == PENDING)).all()
    assert call("compare", "undisturbed.h5", path.name, cwd=slow).returncode == ERROR  # the comparison below can fail
    pending = f"{(ended == PENDING).sum()} tasks to do"
    resumed = call(*command, cwd=slow)
    assert resumed.returncode == ALL_DONE and pending in resumed.stdout
    assert np.array_equal(read_columns(path, "sgd/seconds")[0][ended == DONE], seconds[ended == DONE])
    compared = call("compare", "undisturbed.h5", path.name, cwd=slow)
    assert compared.returncode == ALL_DONE and compared.stdout.startswith("same bits"), compared.stdout


def test_status_of_a_killed_run_gives_no_rate(slow):
    process = start("run", "slow.toml", "-o", "killed.h5", cwd=slow)
    try:
        wait_for_rows(process, slow / "killed.h5", 2)
        process.kill()
        finish(process)
    finally:
        end(process)
    assert "no run is writing: aesweep run with the same sweep file continues" in call("status", "killed.h5", cwd=slow).stdout
    counts = json.loads(call("status", "killed.h5", "--json", cwd=slow).stdout)
    assert not counts["running"] and counts["tasks_per_second"] == 0 and counts["eta_seconds"] is None


def test_attempts_count_how_often_a_row_was_computed(tiny_copy):
    call("run", "tiny.toml", cwd=tiny_copy)
    with h5py.File(tiny_copy / "tiny.h5", "a") as file:   # as if a kill had come between the two rows of a task
        file["sgd/status"][1, 2, 0] = PENDING
    assert "1 task to do" in call("run", "tiny.toml", cwd=tiny_copy).stdout
    for attempts in read_columns(tiny_copy / "tiny.h5", "ode/attempts", "sgd/attempts"):
        assert attempts[1, 2, 0] == 2 and attempts.sum() == attempts.size + 1


def test_a_second_writer_is_refused_while_readers_work(slow):
    process = start("run", "slow.toml", "-o", "shared.h5", cwd=slow)
    try:
        wait_for_rows(process, slow / "shared.h5", 1)
        process.send_signal(signal.SIGSTOP)  # stays where it is, whatever that is, until the others have looked
        second = call("run", "slow.toml", "-o", "shared.h5", cwd=slow)
        status = call("status", "shared.h5", "--json", cwd=slow)
        shown = call("show", "shared.h5", cwd=slow)
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGUSR1)
        assert finish(process)[0] == STOPPED_EARLY
    finally:
        end(process)
    assert (second.returncode, second.stdout) == (ERROR, "") and "shared.h5: another run is writing to this file" in second.stderr
    counts = json.loads(status.stdout)
    assert 0 < counts["pending_tasks"] < 24 and counts["tasks_per_second"] > 0 and counts["eta_seconds"] > 0
    assert shown.returncode == ALL_DONE and any("?" in cells for _, cells in grid_rows(shown.stdout))
    assert call("run", "slow.toml", "-o", "shared.h5", cwd=slow).returncode == ALL_DONE  # the lock is gone with its owner
    assert call("compare", "undisturbed.h5", "shared.h5", cwd=slow).returncode == ALL_DONE


def test_a_run_on_a_terminal_draws_one_line_that_fits(slow):
    status, output = call_on_terminal("run", "slow.toml", "-o", "terminal.h5", cwd=slow, columns=60)
    bars = [part for part in output.replace("\n", "\r").split("\r") if "█" in part or "░" in part]
    assert status == ALL_DONE and bars and all("ETA" in part for part in bars)
    assert max(display_columns(part) for part in bars) < 60
    assert ended_rows(slow / "terminal.h5") == 24


# --- status -------------------------------------------------------------------------------------------------------------------------------------

def test_status(tiny):
    result = call("status", "tiny.h5", cwd=tiny)
    assert result.returncode == ALL_DONE and result.stdout.splitlines()[-1] == "complete"
    assert re.search(r"^ode +12 done, 0 diverged, 0 failed, 0 pending", result.stdout, re.MULTILINE)
    assert re.search(r"^sgd +12 done, 0 diverged, 0 failed, 0 pending", result.stdout, re.MULTILINE)


def test_status_as_json(tiny):
    counts = json.loads(call("status", "tiny.h5", "--json", cwd=tiny).stdout)
    assert counts["file"] == "tiny.h5" and counts["pending_tasks"] == 0 and counts["eta_seconds"] is None
    for engine in ("ode", "sgd"):
        row = counts["engines"][engine]
        assert row.pop("cpu_seconds") == pytest.approx(read_columns(tiny / "tiny.h5", f"{engine}/seconds")[0].sum())
        assert row == {"done": 12, "diverged": 0, "failed": 0, "pending": 0, "excluded": 0, "not_needed": 0}


@pytest.mark.parametrize("command", ["status", "show"])
def test_a_file_that_is_not_there_is_an_error_in_one_line(command, tmp_path):
    result = call(command, "absent.h5", cwd=tmp_path)
    assert result.returncode != ALL_DONE and result.stdout == ""
    assert "absent.h5" in result.stderr and result.stderr.count("\n") == 1


def test_a_file_without_engines_is_refused(tmp_path):
    with h5py.File(tmp_path / "empty.h5", "w") as file:
        file.attrs["format"] = "aesweep"
        file.attrs["format_version"] = 1
    for command in ("status", "show"):
        result = call(command, "empty.h5", cwd=tmp_path)
        assert result.returncode == ERROR and "empty.h5" in result.stderr and "engine" in result.stderr


# --- show ---------------------------------------------------------------------------------------------------------------------------------------

def shown(folder, *options, file="tiny.h5"):
    result = call("show", file, *options, cwd=folder)
    assert result.returncode == ALL_DONE, result.stderr
    return result.stdout


def test_show_draws_learnt_components_with_axes_and_legend(tiny):
    text = shown(tiny)
    learnt = read_columns(tiny / "tiny.h5", "sgd/learnt")[0].mean(axis=2)
    assert [label for label, _ in grid_rows(text)] == ["linear", "erf"]
    for (_, cells), expected in zip(grid_rows(text), learnt):  # these means are whole numbers: the decays lie far from any boundary
        assert cells.split() == [str(round(value)) for value in expected]
    lines = text.splitlines()
    assert lines[0].strip() == "activation" and any(line.strip() == "weight_decay" for line in lines)
    assert any(line.split() == ["0.01", "0.5", "5"] for line in lines)
    assert re.search(r"learnt components.*sgd", text) and re.search(r"0 +1 +2\b", text.split("learnt components")[1])


def test_show_of_the_flow_and_of_other_values(tiny):
    assert re.search(r"learnt components.*ode", shown(tiny, "--engine", "ode"))
    low, high = (f(read_columns(tiny / "tiny.h5", "sgd/excess")[0].mean(axis=2)) for f in (np.min, np.max))
    text = shown(tiny, "--value", "excess")
    assert "excess error" in text and f"{low:.4g} " in text and f" {high:.4g}" in text
    for value in ("success", "final_pmse", "theory_gap", "diverged", "converged", "seconds", "steps"):
        assert len(grid_rows(shown(tiny, "--value", value))) == 2
    # no linear or erf network learns at decay 5: excess 1, the darkest shade
    assert all(cells.endswith("@") for _, cells in grid_rows(text))


def test_show_needs_nothing_but_the_file(tmp_path):
    with h5py.File(tmp_path / "spectrum.h5", "w") as file:
        file["eigenvalues"] = [4.0, 2.0, 1.0, 1.0]
    (tmp_path / "s.toml").write_text('[data]\nkind = "spectrum"\nfile = "spectrum.h5"\n[training]\nhorizon = 2\n')
    assert call("run", "s.toml", cwd=tmp_path).returncode == ALL_DONE
    (tmp_path / "spectrum.h5").unlink()
    assert "everywhere" in shown(tmp_path, "--value", "success", file="s.h5")


def test_show_takes_a_number_as_it_is_drawn(tiny):
    assert shown(tiny, "--at", "weight_decay=0.5") == shown(tiny, "--at", "weight_decay=0.50") == shown(tiny, "--at", "weight_decay=0.501")


def test_show_puts_axes_where_it_is_told(tiny):
    # numeric axes grow upwards
    assert [label for label, _ in grid_rows(shown(tiny, "--x", "activation", "--y", "weight_decay"))] == ["5", "0.5", "0.01"]
    text = shown(tiny, "--at", "activation=erf")
    assert len(grid_rows(text)) == 1 and "activation = erf" in text and "linear" not in text
    assert len(grid_rows(shown(tiny, "--at", "activation=erf", "--at", "weight_decay=0.5"))) == 1
    assert grid_rows(shown(tiny, "--at", "weight_decay=0.5", "--x", "activation"))[0][1].split() == [
        str(round(value)) for value in read_columns(tiny / "tiny.h5", "sgd/learnt")[0][:, 1].mean(axis=1)]


@pytest.mark.parametrize("options, message", [
    (["--engine", "exact"], "--engine exact: tiny.h5 holds ode, sgd"),
    (["--value", "loss"], "--value loss: not in /sgd; one of learnt, success, excess, "),
    (["--value", "theory_gap", "--engine", "ode"], "--value theory_gap: not in /ode; one of "),
    (["--at", "activation=relu"], "--at activation=relu: the axis has linear, erf"),
    (["--at", "activation"], "--at activation: expected AXIS=VALUE"),
    (["--at", "rate=1"], "--at rate=1: no axis 'rate' in the file; one of activation, weight_decay"),
    (["--x", "rate"], "--x: no axis 'rate' in the file; one of activation, weight_decay"),
    (["--x", "activation", "--y", "activation"], "--x and --y name the same axis"),
    (["--y", "activation", "--at", "activation=erf"], "axis 'activation' is fixed by --at and drawn as well"),
])
def test_show_refuses_what_the_file_has_not(tiny, options, message):
    result = call("show", "tiny.h5", *options, cwd=tiny)
    assert (result.returncode, result.stdout) == (BAD_INPUT, "") and message in result.stderr


def test_show_has_no_escape_codes_without_a_terminal_or_with_no_color(tiny):
    for value in ("learnt", "excess"):
        assert "\x1b" not in shown(tiny, "--value", value)
        status, text = call_on_terminal("show", "tiny.h5", "--value", value, cwd=tiny, columns=100, NO_COLOR="1")
        assert status == ALL_DONE and "\x1b" not in text and len(grid_rows(text)) == 2


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """A diagram that has to be thinned out on a narrow terminal: 30 decays, with labels of up to seven letters."""
    folder = tmp_path_factory.mktemp("wide")
    decays = 'range = { from = 0.001, to = 10.0, count = 30, spacing = "log" }'
    (folder / "wide.toml").write_text(TINY.replace("values = [0.01, 0.5, 5.0]", decays).replace("replicas = 2", 'engines = ["ode"]'))
    assert call("run", "wide.toml", "-o", "wide.h5", cwd=folder).returncode == ALL_DONE
    return folder


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("value", ["learnt", "excess"])
def test_show_on_a_terminal_is_coloured_and_fits(wide, value, columns):
    status, text = call_on_terminal("show", "wide.h5", "--value", value, cwd=wide, columns=columns)
    assert status == ALL_DONE and "\x1b[48;5;" in text
    assert len(grid_rows(text)) == 2 and "weight_decay" in text
    too_long = [line for line in without_escapes(text).splitlines() if display_columns(line) > columns]
    assert too_long == []
    for line in text.splitlines():  # no colour runs on into the next line
        assert "\x1b[" not in line or line.rindex("\x1b[0m") == line.rindex("\x1b[")


def test_show_says_when_columns_are_left_out(wide):
    _, narrow = call_on_terminal("show", "wide.h5", cwd=wide, columns=30)
    assert "of 30 columns shown" in without_escapes(narrow)
    _, broad = call_on_terminal("show", "wide.h5", cwd=wide, columns=120)
    assert "columns shown" not in without_escapes(broad)


# --- plan ---------------------------------------------------------------------------------------------------------------------------------------

def test_plan_says_the_cost_and_runs_nothing(tiny_copy):
    result = call("plan", "tiny.toml", "--ranks", "4", cwd=tiny_copy)
    assert (result.returncode, result.stderr) == (ALL_DONE, "")
    lines = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in result.stdout.splitlines() if not line.startswith("axis"))
    assert lines["points"] == "6" and lines["tasks"].startswith("12 (2 replicas a point; engines: ode sgd")
    assert all(re.match(r"[\d.]+ [kMG]?B\b", lines[name]) for name in ("result file", "memory per rank"))
    assert re.match(r"[\d.e-]+ \(", lines["CPU-hours"]) and lines["wall time"].endswith("on 4 ranks")
    assert [entry.name for entry in tiny_copy.iterdir()] == ["tiny.toml"]


def test_plan_foresees_the_size_of_the_file(tiny):
    factor = {"B": 1, "kB": 1e3, "MB": 1e6}
    size, unit = re.search(r"result file\s+([\d.]+) (\w+)", call("plan", "tiny.toml", cwd=tiny).stdout).groups()
    with h5py.File(tiny / "tiny.h5", "r") as file:
        stored = []

        def add(_, item):
            if isinstance(item, h5py.Dataset) and item.attrs.get("CLASS") != b"DIMENSION_SCALE":
                stored.append(item.nbytes)

        file.visititems(add)
    assert float(size) * factor[unit] == pytest.approx(sum(stored), rel=0.05)  # two digits are printed


def test_plan_lists_the_points_with_the_excluded_ones(tiny_copy):
    (tiny_copy / "tiny.toml").write_text(TINY + '\n[[exclude]]\n"model.activation" = "erf"\n"training.weight_decay" = 0.5\n')
    result = call("plan", "tiny.toml", "--list", cwd=tiny_copy)
    listed = [line.split() for line in result.stdout.splitlines() if re.match(r"\s+\d+  activation", line)]
    assert [line[0] for line in listed] == ["0", "1", "2", "3", "4", "5"]
    assert listed[4] == ["4", "activation", "=", "erf", "weight_decay", "=", "0.5", "(excluded)"]
    assert re.search(r"^points +5 \(1 excluded\)", result.stdout, re.MULTILINE)


# --- keys ---------------------------------------------------------------------------------------------------------------------------------------

KEYS = """
sweep.name sweep.seed sweep.engines sweep.replicas sweep.common_randomness
data.kind data.dimension data.spikes data.spikes.count data.spikes.first data.spikes.ratio data.bulk data.latent data.latent_flow
data.exponent data.trace data.file data.format data.files data.samples data.gaussian_surrogate
model.hidden model.activation model.tied model.bias
training.rule training.learning_rate training.weight_decay training.input_noise training.horizon training.encoder_rate training.decoder_rate
training.bias_rate training.preset training.tied_gradient training.sgd_method
initial.kind initial.encoder_std initial.decoder_std initial.bias initial.file
solver.relative_tolerance solver.absolute_tolerance
record.count record.spacing record.first record.components record.trajectories record.order_parameters record.weights
outcome.learnt_threshold outcome.success_excess
axis.name axis.key axis.keys axis.values axis.range.from axis.range.to axis.range.count axis.range.spacing
""".split()


def test_keys_lists_every_key_with_type_default_and_range(tmp_path):
    result = call("keys", cwd=tmp_path)
    assert result.returncode == ALL_DONE
    listed = dict(re.findall(r"^  (\S+) +(\S.*)$", result.stdout, re.MULTILINE))
    assert [key for key in KEYS if key not in listed] == []
    assert all(re.search(r"\b(default|required)\b", text) for text in listed.values())
    assert "default 1e-08" in listed["solver.relative_tolerance"] and listed["data.spikes"].endswith("required")
    assert re.search(r'model\.activation .*\n.*allowed: one of "linear", "erf", "relu"', result.stdout)


# --- compare ------------------------------------------------------------------------------------------------------------------------------------

def test_compare_of_equal_files(tiny, tmp_path):
    call("run", str(tiny / "tiny.toml"), "-o", "again.h5", cwd=tmp_path)
    result = call("compare", tiny / "tiny.h5", "again.h5", cwd=tmp_path)  # seconds and `created` differ
    assert result.returncode == ALL_DONE and re.fullmatch(r"same bits: \d+ values compared\n", result.stdout)


@pytest.mark.parametrize("dataset, at, place", [("sgd/pmse", (1, 2, 0, 3), "activation 1, weight_decay 2, replica 0, time 3"),
                                                ("phase/ode/success", (1, 2), "activation 1, weight_decay 2")])
def test_compare_names_the_one_value_that_differs(tiny, tmp_path, dataset, at, place):
    shutil.copy(tiny / "tiny.h5", tmp_path / "changed.h5")
    with h5py.File(tmp_path / "changed.h5", "r+") as file:
        file[dataset][at] = np.nextafter(file[dataset][at], 10.0)  # one bit
    result = call("compare", tiny / "tiny.h5", "changed.h5", cwd=tmp_path)
    assert result.returncode == ERROR and f"/{dataset} [{place}]: " in result.stdout
    assert re.search(r"^1 of \d+ values differ$", result.stdout, re.MULTILINE)


def test_compare_ignores_the_cost_of_rows(tiny, tmp_path):
    shutil.copy(tiny / "tiny.h5", tmp_path / "changed.h5")
    with h5py.File(tmp_path / "changed.h5", "r+") as file:
        for column in ("seconds", "rank", "attempts"):
            file[f"sgd/{column}"][...] = 77
    assert call("compare", tiny / "tiny.h5", "changed.h5", cwd=tmp_path).returncode == ALL_DONE


# --- judge --------------------------------------------------------------------------------------------------------------------------------------

CRITERIA = ["--set", "outcome.learnt_threshold=0.9", "--set", "outcome.success_excess=0.02"]
ANEW = ["--learnt-threshold", "0.9", "--success-excess", "0.02"]


@pytest.fixture
def finished(tmp_path):
    """A finished sweep with everything that can be stored, a diverged point, and input noise."""
    text = TINY.replace("first = 0.1", 'first = 0.1\norder_parameters = true\nweights = "final"')
    text = text.replace("[training]", "[training]\ninput_noise = 0.5")
    (tmp_path / "tiny.toml").write_text(text.replace('key = "training.weight_decay"\nvalues = [0.01, 0.5, 5.0]',
                                                     'key = "training.learning_rate"\nvalues = [0.3, 2.0, 60.0]'))
    assert call("run", "tiny.toml", "-q", cwd=tmp_path).returncode == ALL_DONE
    assert (read_columns(tmp_path / "tiny.h5", "sgd/status")[0] == DIVERGED).any()
    return tmp_path


def test_judge_gives_the_bits_of_a_run_with_these_criteria(finished):
    before = read_columns(finished / "tiny.h5", "ode/learnt", "ode/learning_time", "phase/sgd/success", "sgd/seconds", "sgd/attempts")
    result = call("judge", "tiny.h5", *ANEW, cwd=finished)
    assert (result.returncode, result.stderr) == (ALL_DONE, "") and "24 rows judged" in result.stdout
    after = read_columns(finished / "tiny.h5", "ode/learnt", "ode/learning_time", "phase/sgd/success", "sgd/seconds", "sgd/attempts")
    assert all((a != b).any() for a, b in zip(before[:3], after[:3]))  # else the comparison would say little
    assert all(np.array_equal(a, b) for a, b in zip(before[3:], after[3:]))  # nothing was computed
    assert call("run", "tiny.toml", "-q", "-o", "fresh.h5", *CRITERIA, cwd=finished).returncode == ALL_DONE
    compared = call("compare", "tiny.h5", "fresh.h5", cwd=finished)
    assert compared.returncode == ALL_DONE, compared.stdout
    with h5py.File(finished / "tiny.h5", "r") as judged, h5py.File(finished / "fresh.h5", "r") as fresh:
        assert all(judged.attrs[name] == fresh.attrs[name] for name in ("sweep", "sweep_id", "sweep_values"))
    assert sorted(path.name for path in finished.glob("tiny.h5*")) == ["tiny.h5", "tiny.h5.events.jsonl"]


def test_a_run_takes_a_judged_file_as_finished(finished):
    call("judge", "tiny.h5", *ANEW, cwd=finished)
    assert call("run", "tiny.toml", cwd=finished).returncode == BAD_INPUT  # that is another sweep now
    result = call("run", "tiny.toml", *CRITERIA, cwd=finished)
    assert result.returncode == ALL_DONE and "0 tasks to do" in result.stdout


def test_judging_back_gives_the_first_bits_again(finished):
    shutil.copy(finished / "tiny.h5", finished / "first.h5")
    call("judge", "tiny.h5", *ANEW, cwd=finished)
    assert call("compare", "tiny.h5", "first.h5", cwd=finished).returncode == ERROR
    call("judge", "tiny.h5", "--learnt-threshold", "0.5", "--success-excess", "0.1", cwd=finished)
    assert call("compare", "tiny.h5", "first.h5", cwd=finished).returncode == ALL_DONE


def test_judge_can_leave_the_file_alone(finished):
    before = (finished / "tiny.h5").read_bytes()
    assert call("judge", "tiny.h5", *ANEW, "-o", "strict.h5", cwd=finished).returncode == ALL_DONE
    assert (finished / "tiny.h5").read_bytes() == before
    assert call("compare", "tiny.h5", "strict.h5", cwd=finished).returncode == ERROR
    again = call("judge", "tiny.h5", *ANEW, "-o", "strict.h5", cwd=finished)
    assert again.returncode == BAD_INPUT and "strict.h5: exists already" in again.stderr


# What a killed judge leaves is a copy: the next one overwrites it, and nothing else minds.
def test_a_judge_that_was_killed_leaves_the_file_whole(finished):
    before = (finished / "tiny.h5").read_bytes()
    (finished / "tiny.h5.part").write_bytes(before[:1000])
    assert call("status", "tiny.h5", cwd=finished).returncode == ALL_DONE
    assert call("judge", "tiny.h5", *ANEW, cwd=finished).returncode == ALL_DONE
    assert not (finished / "tiny.h5.part").exists() and (finished / "tiny.h5").read_bytes() != before


def damage_row(file):
    file["sgd/pmse"][0, 0, 1, 2] *= 1.5


def make_pending(file):
    file["sgd/status"][0, 1, 0] = PENDING


@pytest.mark.parametrize("change, status, message", [
    (make_pending, BAD_INPUT, "1 task pending"),
    (damage_row, ERROR, "a row of sgd (point 0, replica 1) are not those of its checksum"),
    (lambda file: file.attrs.modify("sweep_id", "0" * 64), ERROR, "does not read as it did"),
])
def test_judge_refuses_what_it_cannot_judge_and_touches_nothing(finished, change, status, message):
    with h5py.File(finished / "tiny.h5", "r+") as file:
        change(file)
    before = (finished / "tiny.h5").read_bytes()
    result = call("judge", "tiny.h5", *ANEW, cwd=finished)
    assert (result.returncode, result.stdout) == (status, "") and message in result.stderr
    assert (finished / "tiny.h5").read_bytes() == before and not (finished / "tiny.h5.part").exists()


def test_judge_needs_trajectories_and_criteria_within_bounds(tiny_copy):
    call("run", "tiny.toml", "-q", "-o", "scalars.h5", "--set", "record.trajectories=false", cwd=tiny_copy)
    refused = call("judge", "scalars.h5", *ANEW, cwd=tiny_copy)
    assert refused.returncode == BAD_INPUT and "no trajectories" in refused.stderr
    call("run", "tiny.toml", "-q", cwd=tiny_copy)
    wrong = call("judge", "tiny.h5", "--learnt-threshold", "1.5", cwd=tiny_copy)
    assert wrong.returncode == BAD_INPUT and "outcome.learnt_threshold = 1.5" in wrong.stderr
