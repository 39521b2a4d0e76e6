#pragma once
#include <cstdint>
#include <string>

#include "aesweep/sweep/config.hpp"

namespace aesweep {

// How one-pass SGD of a point is simulated: as D numbers a neuron (vector), or without the D (gram, sgd/gram_sgd.hpp), which has the same law. A fixed function of
// the configuration, never of a timing: the point's identity holds it.

/// The most dimensions of which all coordinates are kept: by vector SGD, in starts that are drawn one by one, by data other than the spiked model.
inline constexpr std::int64_t kLargestDimension = 65536;

/// Axes that the Gram process carries of a point: max(M, record.components) tracked ones, and 2K of the bulk (K where the decoder hangs on the encoder).
std::int64_t gram_axes(const PointConfig& point, const RecordConfig& record);

/// The least D that is left to the Gram process: room for its axes and the vectors of a block.
std::int64_t gram_least_dimension(const PointConfig& point, const RecordConfig& record);

/// Why the Gram process can't simulate a point, as a clause that says what it needs; "" where it can.
std::string gram_obstacle(const PointConfig& point, const RecordConfig& record);

/// `vector` or `gram` as given; of `automatic`, gram where it can be and D is at least 256 and sixteen times gram_axes(), below which vector SGD of a single
/// replica is as fast, or above kLargestDimension; else vector.
SgdMethod resolved_method(const PointConfig& point, const RecordConfig& record);

}  // namespace aesweep
