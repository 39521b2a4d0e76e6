#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "aesweep/experiment/experiment.hpp"
#include "aesweep/refine/refinement.hpp"
#include "aesweep/schedule/task_queue.hpp"
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
/// anew in every run: they hang on the values alone. One process calls it, advance() and write_results() while no other has the file open.
class RefinedSweep {
 public:
  RefinedSweep(Experiment& experiment, const FileLayout& layout, std::string path);
  ~RefinedSweep();

  /// Takes in the rows that are there, and makes those pending that they ask for. @returns how many points wait to be run; 0: all is known.
  std::uint64_t advance();
  /// What a task's report tells guesses of what comes next.
  static std::string content_of(const Experiment& experiment, std::uint64_t point, const TaskResult& result);
  /// A task of the present generation has ended. @param content  its content_of().
  void enter(TaskId task, std::string_view content);
  /// Replicas, as many as go together, of a point that the next generation may ask for (Sweep::point_at): of those that were not given since the last one was
  /// decided the one with most chance a second. None: nothing can be told, nothing takes long enough to be worth it, or guesses were made a moment ago.
  std::vector<TaskId> ahead();
  /// Tasks that were given and that the generation now decided does not ask for.
  const std::vector<TaskId>& vain() const { return vain_; }
  /// Writes boundary and resampled grid of what is known, points of an unfinished generation too. Nothing can be decided after it.
  void write_results();

 private:
  struct Slice {
    Refinement refinement;
    std::vector<Refinement::Asked> points;   ///< by their position in the file
    std::vector<int> generation;
    std::vector<double> value;               ///< of the points that are known
    bool complete = false;                   ///< nothing more is asked for
    bool heard = true;                       ///< something new since the guesses were made
    std::vector<std::pair<double, std::uint64_t>> guesses = {};   ///< chance a second and site, the best last; none that was given
  };
  struct Rows;
  void guess(std::size_t slice);
  /// Seconds that those wait who wait for one of a point's tasks.
  double seconds_ahead(std::uint64_t point) const;
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
  std::unique_ptr<Rows> rows_;                   ///< of the last advance(), and what has been heard since
  std::unordered_set<std::uint64_t> given_;      ///< point_at() of what was worked ahead on since
  std::vector<TaskId> given_next_;               ///< further replicas of the last one, the next ones last
  std::vector<TaskId> vain_;
  double longest_ = 0.0;                         ///< seconds_ahead() of what the present generations wait for, in all slices
  double guess_again_ = 0.0;                     ///< not before this moment: guesses must cost next to nothing
};

}  // namespace aesweep
