#include "deep_columns.hpp"

#include <numeric>

namespace aesweep {

void add_deep_columns(std::vector<Observable>& columns, const Sweep& sweep) {
  const auto& record = sweep.record;
  if (record.trajectories) {
    columns.push_back(real("error_quantile", {"time", "quantile"}, "", "quantiles of |xhat - x| over the manifold"));
    columns.push_back(real("supremum", {"time"}, "", "largest |xhat - x| on the manifold, maximised between the test points"));
    columns.push_back(real("exceptional", {"time", "epsilon"}, "", "share of the manifold with |xhat - x| > epsilon"));
    columns.push_back({"pieces", {"time", "epsilon"}, DataType::int32, -1, "", "connected pieces of that set, on surfaces of the test points in it", true});
    columns.push_back({"cuts", {"time", "epsilon"}, DataType::int32, -1, "", "the same with pieces of a curve counted as one that are less than epsilon apart", true});
    columns.push_back(real("latent_low", {"time", "k"}, "", "smallest value of each latent variable on the manifold"));
    columns.push_back(real("latent_high", {"time", "k"}, "", "largest value of each latent variable on the manifold"));
  }
  if (record.reconstruction > 0) {
    columns.push_back(real("original", {"sample", "coordinate"}, "", "x, points of the manifold in their order along it"));
    columns.push_back(real("reconstruction", {"time", "sample", "coordinate"}, "", "xhat of each"));
    columns.push_back(real("latent", {"time", "sample", "k"}, "", "bottleneck of each"));
  }
  columns.push_back(real("final_supremum", {}, "", "supremum at the horizon"));
}

std::map<std::string, std::vector<double>> deep_scales(const Sweep& sweep) {
  std::map<std::string, std::vector<double>> scales{{"quantile", {kErrorQuantiles.begin(), kErrorQuantiles.end()}}, {"epsilon", sweep.outcome.epsilons}};
  if (sweep.record.reconstruction > 0) {
    auto& samples = scales["sample"];
    samples.resize(static_cast<std::size_t>(sweep.record.reconstruction));
    std::iota(samples.begin(), samples.end(), 0.0);
  }
  return scales;
}

}  // namespace aesweep
