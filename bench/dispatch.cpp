// Tasks per second through queue and messages alone, and with every row written: mpirun -n 2 bench_dispatch [tasks] [side: rows = side²] [FILE.h5].
#include <fmt/core.h>
#include <mpi.h>

#include <chrono>
#include <filesystem>
#include <numeric>
#include <string>

#include "aesweep/experiment/columns.hpp"
#include "aesweep/schedule/coordinator.hpp"
#include "aesweep/store/result_file.hpp"

namespace aesweep {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Tasks of 50 µs, as the prior has them.
TaskQueue queue_of(std::uint64_t count) {
  std::vector<TaskId> tasks(count);
  std::iota(tasks.begin(), tasks.end(), TaskId{0});
  return {std::move(tasks), std::vector<double>(count, 5e-5)};
}

void report(const Coordinator& coordinator, const char* what, std::uint64_t count, double seconds) {
  if (coordinator.rank() != 0) return;
  const auto spent = coordinator.efficiency();
  fmt::print("{}: {} tasks on {} ranks in {:.2f} s, {:.3g} tasks/s (waiting {:.0f} %, at the end {:.0f} %)\n", what, count, coordinator.size(), seconds,
             static_cast<double>(count) / seconds, 100.0 * spent.waiting / (spent.wall * spent.ranks), 100.0 * spent.tail / (spent.wall * spent.ranks));
}

double timed_run(Coordinator& coordinator, std::uint64_t count, const std::function<void(TaskId)>& action) {
  std::uint64_t ended = 0;
  Coordinator::Callbacks callbacks;
  callbacks.work = [&](std::span<const TaskId> tasks, const std::function<void()>& poll) {
    const double start = now();
    poll();
    action(tasks.front());
    return std::vector{TaskReport{.task = tasks.front(), .seconds = now() - start}};
  };
  callbacks.stop = [] { return false; };
  callbacks.ended = [&](const TaskReport&, int) { ++ended; };
  callbacks.tick = [] {};
  auto queue = queue_of(coordinator.rank() == 0 ? count : 0);
  MPI_Barrier(MPI_COMM_WORLD);
  const double start = now();
  coordinator.run(std::move(queue), callbacks);
  const double seconds = now() - start;
  if (coordinator.rank() == 0 && ended != count) fmt::print("{} of {} tasks ended\n", ended, count);
  return seconds;
}

/// A file of `count` rows without trajectories, as a sweep of millions of points has it.
FileLayout layout_of(const Sweep& sweep) {
  FileLayout layout;
  layout.axes = sweep.axes;
  const auto extents = extents_of(sweep);
  layout.components = extents.component;
  layout.times = sweep.times();
  layout.engines.push_back({"ode", engine_columns(sweep, Engine::ode)});
  return layout;
}

void write_rows(Coordinator& coordinator, std::uint64_t side, const std::string& path) {
  const auto sweep = parse_sweep(fmt::format("[sweep]\nengines = [\"ode\"]\n[data]\ndimension = 100\nspikes = [2.0, 1.0]\n[record]\ntrajectories = false\n"
                                             "[[axis]]\nkey = \"training.learning_rate\"\nrange = {{ from = 0.1, to = 10.0, count = {0} }}\n"
                                             "[[axis]]\nkey = \"training.weight_decay\"\nrange = {{ from = 0.1, to = 10.0, count = {0} }}\n", side),
                                 ".", "bench");
  const auto layout = layout_of(sweep);
  if (coordinator.rank() == 0) {
    std::filesystem::remove(path);
    create_result_file(path, layout, {}, {}, std::vector<bool>(layout.points()));
  }
  MPI_Barrier(MPI_COMM_WORLD);
  ResultFile file(path, layout, MPI_COMM_WORLD);
  Row row{Status::done, {}};
  for (const auto& column : layout.engines.front().observables)
    row.values.emplace_back(row_size(column, {.component = layout.components, .time = layout.times.size(), .hidden = 0, .coordinate = 0}), 1.0);
  const double seconds = timed_run(coordinator, layout.rows(), [&](TaskId task) { file.write_row(0, task, row); });
  file.close();
  report(coordinator, "with rows written", layout.rows(), seconds);
  if (coordinator.rank() == 0) std::filesystem::remove(path);
}

}  // namespace
}  // namespace aesweep

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  {
    aesweep::Coordinator coordinator(MPI_COMM_WORLD);
    const std::uint64_t tasks = argc > 1 ? std::stoull(argv[1]) : 2'000'000;
    const std::uint64_t side = argc > 2 ? std::stoull(argv[2]) : 400;
    aesweep::report(coordinator, "queue and messages", tasks, aesweep::timed_run(coordinator, tasks, [](aesweep::TaskId) {}));
    aesweep::write_rows(coordinator, side, argc > 3 ? argv[3] : "bench_dispatch.h5");
  }
  MPI_Finalize();
}
