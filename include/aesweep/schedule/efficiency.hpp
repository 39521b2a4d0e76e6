#pragma once

namespace aesweep {

/// Where the rank-seconds of a run went; the five parts add up to `ranks` times `wall`.
struct Efficiency {
  int ranks = 1;
  double wall = 0.0;      ///< seconds from the first task to the last
  double busy = 0.0;      ///< computing
  double io = 0.0;        ///< writing rows
  double ahead = 0.0;     ///< on tasks that nobody had asked for yet
  double waiting = 0.0;   ///< for work, while there was some; on rank 0 also giving it out
  double tail = 0.0;      ///< with nothing left to do while other ranks finished
};

}  // namespace aesweep
