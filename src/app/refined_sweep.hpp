#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "aesweep/experiment/experiment.hpp"
#include "aesweep/refine/refinement.hpp"
#include "aesweep/store/layout.hpp"
#include "aesweep/store/result_file.hpp"
#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

/// Lattice and rule of a refined sweep, the same at each combination of the other axes.
Lattice lattice_of(const Sweep& sweep);
RefinementRule rule_of_refinement(const Sweep& sweep);

/// Reads into a stored refined sweep which points its file's rows are for.
void read_sites(const ResultReader& reader, Sweep& sweep);

/// Decides which points of a refined sweep's file are run. Decisions are made by one process from the rows of whole generations, from the first one
/// anew in every run: they hang on the values alone. One process calls it while no other has the file open.
class RefinedSweep {
 public:
  RefinedSweep(Experiment& experiment, const FileLayout& layout, std::string path);

  /// Takes in the rows that are there, and makes those pending that they ask for. @returns how many points wait to be run; 0: all is known.
  std::uint64_t advance();
  /// Writes boundary and resampled grid of what is known, points of an unfinished generation too. Nothing can be decided after it.
  void write_results();

 private:
  struct Slice {
    Refinement refinement;
    std::vector<Refinement::Asked> points;   ///< by their position in the file
    std::vector<int> generation;
    std::vector<double> value;               ///< of the points that are known
    bool complete = false;                   ///< nothing more is asked for
  };
  struct Rows;
  Rows read_rows() const;
  /// Gives the refinement what there is of the points that were asked for.
  void take_in(std::size_t slice, const Rows& rows);
  void advance(std::size_t slice, const Rows& rows);
  /// Success is in doubt, by its interval, where replicas differ; what all of them say is believed, and other observables' means are.
  Measured measure(const Rows& rows, std::uint64_t point) const;
  void write_points(ResultFile& file) const;
  double coordinate(std::size_t axis, double steps) const;

  Experiment& experiment_;
  const Sweep& sweep_;
  const FileLayout& layout_;
  std::string path_;
  std::uint64_t budget_;
  std::vector<Slice> slices_;
  std::vector<double> begun_with_;               ///< sites that the file had when this began
  std::vector<std::vector<double>> reference_;   ///< reference_columns() of each point
};

}  // namespace aesweep
