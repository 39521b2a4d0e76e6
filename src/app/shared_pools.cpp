#include "shared_pools.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace aesweep {
namespace {

std::tuple<ImageFormat, std::vector<std::string>, std::int64_t> key_of(const DataConfig& data) { return {data.format, data.files, data.samples}; }

bool agree(bool fine, MPI_Comm comm) {
  int mine = fine ? 1 : 0, all = 0;
  MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_MIN, comm);
  return all == 1;
}

}  // namespace

SharedPools::SharedPools(const std::vector<DataConfig>& data, MPI_Comm comm) {
  MPI_Comm node = MPI_COMM_NULL;
  MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
  for (const auto& config : data) pools_[key_of(config)] = load(config, comm, node);
  MPI_Comm_free(&node);
}

SharedPools::~SharedPools() {
  pools_.clear();
  for (auto& window : windows_) MPI_Win_free(&window);
}

ImagePool SharedPools::load(const DataConfig& data, MPI_Comm comm, MPI_Comm node) {
  int rank = 0;
  MPI_Comm_rank(node, &rank);
  const auto pixels = static_cast<std::uint64_t>(data.dimension), count = static_cast<std::uint64_t>(data.samples);
  const auto size = static_cast<MPI_Aint>(pixels * count);
  std::uint8_t* bytes = nullptr;
  MPI_Win window = MPI_WIN_NULL;
  MPI_Win_allocate_shared(rank == 0 ? size : 0, 1, MPI_INFO_NULL, node, &bytes, &window);
  windows_.push_back(window);
  MPI_Aint owned = 0;
  int unit = 0;
  MPI_Win_shared_query(window, 0, &owned, &unit, &bytes);
  std::string fault;
  if (rank == 0) {
    try {
      read_images(data.format, data.files, {bytes, pixels * count});
    } catch (const std::runtime_error& error) {
      fault = error.what();
    }
  }
  if (!agree(fault.empty(), comm)) throw std::runtime_error(fault.empty() ? "another node could not read " + data.files.front() : fault);
  MPI_Win_fence(0, window);
  return {std::shared_ptr<const std::uint8_t[]>(bytes, [](const std::uint8_t*) {}), count, pixels};
}

PoolLoader SharedPools::loader() const {
  return [this](const DataConfig& data) { return pools_.at(key_of(data)); };
}

std::vector<DataConfig> image_pools_of(const Sweep& sweep) {
  const bool moved = std::ranges::any_of(sweep.moved(), [](const Axis* axis) {
    return std::ranges::any_of(axis->columns, [](const AxisColumn& column) { return column.key.starts_with("data."); });
  });
  std::set<std::tuple<ImageFormat, std::vector<std::string>, std::int64_t>> known;
  std::vector<DataConfig> result;
  for (std::uint64_t point = 0; point < (moved ? sweep.points() : 1); ++point) {
    if (sweep.excluded(point) && moved) continue;
    const auto data = sweep.point(point).data;
    if (data.kind == DataKind::images && known.insert(key_of(data)).second) result.push_back(data);
  }
  return result;
}

}  // namespace aesweep
