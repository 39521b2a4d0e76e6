#include "phase_writer.hpp"

#include <algorithm>

#include "aesweep/experiment/phase.hpp"
#include "aesweep/store/result_file.hpp"

namespace aesweep {
namespace {

constexpr std::uint64_t kRowsAtOnce = 65536;

StoredRows read_rows(const ResultReader& reader, const std::string& engine, const Sweep& sweep, std::uint64_t first, std::uint64_t count) {
  const auto path = [&](const char* column) { return "/" + engine + "/" + column; };
  StoredRows rows;
  for (const double status : reader.read_rows(path("status"), first, count)) rows.status.push_back(static_cast<std::uint8_t>(status));
  rows.excess = reader.read_rows(path("excess"), first, count);
  rows.learnt = reader.read_rows(path("learnt"), first, count);
  if (!sweep.has(Engine::ode) || !sweep.has(Engine::sgd)) return rows;
  if (sweep.record.trajectories) rows.pmse = reader.read_rows(path("pmse"), first, count);
  if (engine == name(Engine::sgd)) rows.theory_gap = reader.read_rows(path("theory_gap"), first, count);
  return rows;
}

}  // namespace

void write_phase(const std::string& path, const FileLayout& layout, const Sweep& sweep) {
  std::vector<std::vector<double>> columns(layout.summaries.size());
  {
    const ResultReader reader(path);
    const auto chance = reader.read("/reference/chance");
    const auto replicas = static_cast<std::uint64_t>(sweep.replicas);
    const std::uint64_t points_at_once = std::max<std::uint64_t>(1, kRowsAtOnce / (replicas * layout.times.size()));
    for (std::uint64_t first = 0; first < layout.points(); first += points_at_once) {
      const std::uint64_t points = std::min(points_at_once, layout.points() - first);
      std::vector<StoredRows> rows;
      for (const auto engine : sweep.engines) rows.push_back(read_rows(reader, name(engine), sweep, first * replicas, points * replicas));
      const auto part = summarise_rows(sweep, rows, {chance.begin() + static_cast<std::ptrdiff_t>(first),
                                                     chance.begin() + static_cast<std::ptrdiff_t>(first + points)});
      for (std::size_t c = 0; c < columns.size(); ++c) columns[c].insert(columns[c].end(), part[c].begin(), part[c].end());
    }
  }
  ResultFile file(path, layout, MPI_COMM_SELF);
  for (std::size_t c = 0; c < columns.size(); ++c) file.write_summary(c, columns[c]);
  file.close();
}

}  // namespace aesweep
