#include <algorithm>
#include <cmath>

#include "sample_judge.hpp"

namespace aesweep {

std::unique_ptr<Judge> pool_judge(Activation activation, Eigen::Index hidden, Eigen::Index components, const ImagePool& pool,
                                  const ImageStatistics& statistics, double noise) {
  const std::uint64_t judged = std::min(pool.count, kPoolSample);
  const double unit = statistics.unit / std::sqrt(static_cast<double>(pool.pixels));
  const auto input = [&pool, &mean = statistics.mean, judged, unit](std::uint64_t i, std::span<double> x) {
    const std::uint64_t number = i * pool.count / judged;
    const auto image = pool.image(number);
    for (std::size_t p = 0; p < image.size(); ++p) x[p] = (image[p] - mean[static_cast<Eigen::Index>(p)]) * unit;
    return number;
  };
  return std::make_unique<SampleJudge>(activation, hidden, static_cast<Eigen::Index>(pool.pixels), components, judged, input,
                                       statistics.eigenvectors.leftCols(components), noise);
}

}  // namespace aesweep
