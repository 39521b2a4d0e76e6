#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "aesweep/data/hash.hpp"
#include "aesweep/experiment/experiment.hpp"

namespace aesweep {

/// FILE.h5.ckpt/: what interrupted tasks have so far, and tasks that were worked ahead on, one file each, named by the point's identity and the replica. A
/// checkpoint goes on in the same build of the program only: another one might give other bits in the middle of a row.
class Checkpoints {
 public:
  /// Looks at what earlier runs left, here and in look(): a task of which there is nothing costs no look at the disk.
  /// @param interval  seconds between two checkpoints of a task.   @param instruction_set  of the kernels: in the middle of a row it can't change.
  Checkpoints(const std::string& result_path, double interval, const std::string& instruction_set);

  /// Looks again, for what other ranks have kept since.
  void look();

  /// Where one task keeps what it has. What goes wrong is said on standard error, each fault of a rank once, and never stops a task: a checkpoint that
  /// is damaged or not of this very task is ignored, and one that can't be written costs time after an interruption, not results.
  class Task : public Checkpoint {
   public:
    Task(Checkpoints& all, const Experiment& experiment, std::uint64_t point, std::uint32_t replica);
    std::optional<std::string> load() override;
    void reject(const std::string& reason) override;
    bool due() override;
    void keep(const std::string& bytes) override;
    /// Whether it goes on from something.
    bool loaded() const { return loaded_; }
    /// Whether there is something to remove.
    bool exists() const { return exists_; }
    /// To be called once the task's rows are stored.
    void remove();

   private:
    Digest identity() const;
    const std::string& path();

    Checkpoints& all_;
    const Experiment& experiment_;
    std::uint64_t point_;
    std::uint32_t replica_;
    std::string path_;   // empty until it is asked for: making it takes longer than the shortest tasks
    double next_;
    bool exists_ = false, loaded_ = false;
  };

  /// Removes what is left, for a file of which nothing is pending. One rank calls it.
  void clear() const;
  /// Removes the directory if it is empty. One rank calls it.
  void tidy() const;

 private:
  void warn(const std::string& message, bool& said);

  std::string directory_;
  double interval_;
  std::string build_;   // what the bits in the middle of a row hang on beside the sweep
  std::set<std::string> found_;   // when it last looked, names of files
  bool ignored_said_ = false, unwritten_said_ = false;
};

}  // namespace aesweep
