#include "empty_result.hpp"

#include <cmath>

#include "aesweep/experiment/checkpoint.hpp"
#include "aesweep/store/result_file.hpp"
#include "result_layout.hpp"
#include "signals.hpp"

namespace aesweep {

void create_empty_result(const std::string& path, Experiment& experiment, const FileLayout& layout, const std::string& command,
                         const std::string& instruction_set) {
  const auto& sweep = experiment.sweep();
  std::vector<bool> excluded(layout.points());
  if (sweep.refined) return create_result_file(path, layout, provenance_of(sweep, command, instruction_set), {}, excluded);
  std::vector<std::vector<double>> reference(layout.references.size(), std::vector<double>(layout.points()));
  for (std::uint64_t point = 0; point < layout.points(); ++point) {
    if (stop_requested()) throw Stopped();
    excluded[point] = sweep.excluded(point);
    const auto known = excluded[point] ? Reference{std::nan(""), std::nan(""), std::nan("")} : experiment.reference(sweep.point(point));
    for (std::size_t c = 0; c < reference.size(); ++c) reference[c][point] = known.values()[c];
  }
  create_result_file(path, layout, provenance_of(sweep, command, instruction_set), reference, excluded);
}

}  // namespace aesweep
