#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aesweep/outcome/verdict.hpp"

namespace aesweep {

/// Exact confidence interval of a success probability: the p for which neither tail of the binomial distribution beyond `successes` has less than error/2
/// [Clopper & Pearson, Biometrika 26, 404 (1934)]. It misses p with a probability of at most `error`, whatever p is (Wilson's interval of 95 % misses up to
/// 16 % near 0 and 1). [0, 1] at n = 0.
Interval exact_interval(std::size_t successes, std::size_t n, double error);

/// When a point has enough replicas. They are run in batches; after a whole batch the point is *looked at*: it has enough when the interval's half width is at
/// most `until`. The order in which replicas end plays no part, nor do the lanes that run side by side. The looks are at
///
///   min,   n_1 = the fewest that suffice where all agree (or min, if that is more),   2 n_1, 4 n_1, ...,   N = what p = 1/2 needs (or max, if that is less).
///
/// Who looks K times and stops when he likes what he sees misses p more often than each look by itself. Therefore the looks share the error 0.05: the last has
/// half of it, since most of the replicas are spent there, those before it at which a point can stop the other half in equal parts (a last look alone has all).
/// The interval at which a point stops contains p with a probability of at least 95 %, by the union bound, for every p   [Bonferroni; Jennison & Turnbull, Group
/// Sequential Methods (2000), ch. 9].
class SequentialTest {
 public:
  static constexpr double kError = 0.05;

  /// @param until  in (0, 1/2).   @param min  at least 1, at most max.
  SequentialTest(std::size_t min, std::size_t max, double until);

  /// Replicas in all at each look, ascending.
  const std::vector<std::size_t>& looks() const { return looks_; }
  double until() const { return until_; }
  /// Of `n` replicas that gave an outcome, at the first look for which they can be enough. @returns [0, 1] at n = 0.
  Interval interval(std::size_t successes, std::size_t n) const;
  bool is_enough(std::size_t successes, std::size_t n) const;
  /// The look at which a point stops of which all replicas succeed, or the last.
  std::size_t fewest() const;

 private:
  std::vector<std::size_t> looks_;
  double until_, early_error_ = 0.0, last_error_ = kError;   // of each look but the last, of the last
};

/// What a replica says of the success probability.
enum class Trial : std::uint8_t { missing, failure, success, void_of_outcome };   ///< the last: it has failed to run

/// How many replicas a point needs as far as is known: the first look for which some are missing, or at which it has enough.
struct Need {
  std::size_t replicas;
  bool decided;   ///< it has enough, or all there are, or its whole first batch failed to run
};
/// @param engines  of each engine `max` trials, in the order of the replicas: every engine must have enough.
Need replicas_needed(const SequentialTest& test, std::span<const std::span<const Trial>> engines);

}  // namespace aesweep
