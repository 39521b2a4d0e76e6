#pragma once
#include <mpi.h>

#include <map>
#include <string>
#include <vector>

#include "aesweep/experiment/dataset.hpp"
#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

/// Image pools in memory that the ranks of a node share: one copy of the bytes a node.
class SharedPools {
 public:
  /// Collective over `comm`: the first rank of every node reads the files. @throws std::runtime_error on every rank if one of them can't.
  SharedPools(const std::vector<DataConfig>& data, MPI_Comm comm);
  /// Collective.
  ~SharedPools();
  SharedPools(const SharedPools&) = delete;
  SharedPools& operator=(const SharedPools&) = delete;

  /// A loader that finds these pools.
  PoolLoader loader() const;

 private:
  ImagePool load(const DataConfig& data, MPI_Comm comm, MPI_Comm node);
  std::map<std::tuple<ImageFormat, std::vector<std::string>, std::int64_t>, ImagePool> pools_;
  std::vector<MPI_Win> windows_;
};

/// One point's data configuration for every image pool that the sweep uses.
std::vector<DataConfig> image_pools_of(const Sweep& sweep);

}  // namespace aesweep
