#include "aesweep/outcome/sequential.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cassert>

namespace aesweep {
namespace {

double half_width(const Interval& interval) { return 0.5 * (interval.high - interval.low); }

bool has(std::span<const Trial> trials, Trial wanted) { return std::ranges::find(trials, wanted) != trials.end(); }

std::size_t count(std::span<const Trial> trials, Trial wanted) { return static_cast<std::size_t>(std::ranges::count(trials, wanted)); }

}  // namespace

Interval exact_interval(std::size_t successes, std::size_t n, double error) {
  assert(successes <= n);
  const auto k = static_cast<double>(successes), failures = static_cast<double>(n - successes);
  return {successes == 0 ? 0.0 : boost::math::ibeta_inv(k, failures + 1.0, 0.5 * error),
          successes == n ? 1.0 : boost::math::ibeta_inv(k + 1.0, failures, 1.0 - 0.5 * error)};
}

SequentialTest::SequentialTest(std::size_t min, std::size_t max, double until) : until_(until) {
  assert(min >= 1 && min <= max && until > 0.0 && until < 0.5);
  for (std::size_t n = min; n < max; n *= 2) looks_.push_back(n);
  looks_.push_back(max);
  // More looks make every interval wider, which leaves fewer looks that can end a point: the fewest that suffice. The last one always counts.
  const auto deciding = [&](double error) {
    return std::ranges::count_if(looks_, [&](std::size_t n) { return n == max || half_width(exact_interval(0, n, error)) <= until_; });
  };
  for (int share = 1; deciding(error_) > share;) error_ = kError / ++share;
}

bool SequentialTest::is_enough(std::size_t successes, std::size_t n) const { return half_width(interval(successes, n)) <= until_; }

std::size_t SequentialTest::fewest() const {
  const auto first = std::ranges::find_if(looks_, [&](std::size_t n) { return is_enough(0, n); });
  return first == looks_.end() ? looks_.back() : *first;
}

Need replicas_needed(const SequentialTest& test, std::span<const std::span<const Trial>> engines) {
  for (const auto look : test.looks()) {
    bool enough = true, none = false;
    for (const auto& trials : engines) {
      const auto seen = trials.first(look);
      if (has(seen, Trial::missing)) return {look, false};
      const auto successes = count(seen, Trial::success), failures = count(seen, Trial::failure);
      enough = enough && test.is_enough(successes, successes + failures);
      none = none || successes + failures == 0;
    }
    if (enough || none) return {look, true};
  }
  return {test.looks().back(), true};
}

}  // namespace aesweep
