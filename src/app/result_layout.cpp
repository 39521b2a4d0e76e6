#include "result_layout.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>
#include <mpi.h>

#include <Eigen/Core>
#include <array>
#include <boost/version.hpp>
#include <ctime>

#include "aesweep/experiment/columns.hpp"
#include "event_log.hpp"
#include "git_commit.hpp"
#include "refined_layout.hpp"

namespace aesweep {
namespace {

std::string libraries() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> mpi{};
  int length = 0;
  MPI_Get_library_version(mpi.data(), &length);
  std::string mpi_name(mpi.data(), static_cast<std::size_t>(length));
  mpi_name = mpi_name.substr(0, mpi_name.find(','));
  return fmt::format("Eigen {}.{}.{}, Boost {}.{}.{}, {}, {}", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION, BOOST_VERSION / 100000,
                     BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100, hdf5_version(), mpi_name);
}

}  // namespace

FileLayout layout_of(const Experiment& experiment) {
  const auto& sweep = experiment.sweep();
  FileLayout layout;
  layout.axes = sweep.axes;
  layout.replicas = static_cast<std::size_t>(sweep.replicas);
  const auto extents = experiment.extents();
  layout.components = extents.component;
  layout.hidden = extents.hidden;
  layout.coordinates = extents.coordinate;
  layout.times = sweep.times();
  layout.scales = further_scales(sweep);
  if (sweep.relative_time()) layout.time_units = "fraction of the horizon";
  else if (sweep.has(Engine::deep)) layout.time_units = "steps";
  for (const auto engine : sweep.engines) layout.engines.push_back({name(engine), experiment.observables(engine)});
  layout.references = reference_columns(sweep);
  layout.summaries = phase_columns(sweep);
  if (sweep.refined) add_refinement(layout, sweep);
  return layout;
}

Provenance build_provenance() {
  return {{"git_commit", AESWEEP_COMMIT},
          {"version", AESWEEP_VERSION},
          {"compiler", std::string(AESWEEP_COMPILER) + " " + AESWEEP_BUILD_TYPE}};
}

Provenance provenance_of(const Sweep& sweep, const std::string& command, const std::string& instruction_set) {
  auto provenance = build_provenance();
  provenance.merge(Provenance{{"sweep", sweep.text},
                              {"sweep_directory", sweep.directory},
                              {"sweep_id", hex(sweep.id())},
                              {"sweep_values", sweep.canonical},
                              {"libraries", libraries()},
                              {"command", command},
                              {"instruction_set", instruction_set},
                              {"host", host_name()},
                              {"created", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))}});
  return provenance;
}

}  // namespace aesweep
