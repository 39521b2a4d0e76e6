#include "aesweep/outcome/sequential.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cassert>

namespace aesweep {
namespace {

double half_width(const Interval& interval) { return 0.5 * (interval.high - interval.low); }

bool has(std::span<const Trial> trials, Trial wanted) { return std::ranges::find(trials, wanted) != trials.end(); }

/// The least n in 1 .. most for which a condition holds that stays true from there on; most where there is none below.
template <class Condition>
std::size_t first_that(std::size_t most, const Condition& holds) {
  std::size_t low = 1, high = most;
  while (low < high) {
    const auto middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

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
  const auto serves_all = [&](std::size_t pairs) { return half_width(exact_interval(pairs, 2 * pairs, 0.5 * kError)) <= until; };
  const auto serves_agreement = [&](std::size_t n) { return half_width(exact_interval(0, n, early_error_)) <= until; };
  const std::size_t last = std::max(min, std::min(max, 2 * first_that(max / 2 + 1, serves_all)));
  // More early looks make every interval wider, which leaves room for fewer of them before the last: the fewest that suffice.
  std::vector<std::size_t> early;
  std::ptrdiff_t share = 0;
  do {
    early_error_ = 0.5 * kError / static_cast<double>(++share);
    early.clear();
    for (std::size_t n = std::max(min, first_that(last, serves_agreement)); n < last; n *= 2) early.push_back(n);
  } while (std::ssize(early) > share);
  if (!early.empty()) last_error_ = 0.5 * kError;
  if (min < (early.empty() ? last : early.front())) looks_.push_back(min);
  looks_.insert(looks_.end(), early.begin(), early.end());
  looks_.push_back(last);
}

Interval SequentialTest::interval(std::size_t successes, std::size_t n) const {
  const bool is_last = looks_.size() < 2 || n > looks_[looks_.size() - 2];
  return exact_interval(successes, n, is_last ? last_error_ : early_error_);
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
