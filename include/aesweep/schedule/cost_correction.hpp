#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace aesweep {

/// Tasks whose expected seconds are wrong in the same way: decided by who expects them (cost_class in experiment), a mere label here.
using CostClass = std::uint8_t;

/// Corrects expected seconds by measured ones, class by class. The factor of a class is Σ measured / Σ expected, each measurement forgotten over the
/// next `window` of its class (the order is longest first: what was true of long tasks need not be of short ones); the ratio of all classes stands for
/// a class without measurements, and counts as much as one measurement of any other. Sums rather than means of ratios: what is left adds up rightly.
class CostCorrection {
 public:
  static constexpr double kNeverForget = std::numeric_limits<double>::infinity();
  /// Beyond this a measurement is no guide (a machine that slept, a clock that jumped, tasks too short for the clock): factors stay within 1/k .. k.
  static constexpr double kLargest = 1e4;

  explicit CostCorrection(double window = kNeverForget) : window_(window) {}

  void add(CostClass kind, double expected, double measured);
  /// Multiplies the expected seconds of a class; 1 before any measurement.
  double factor(CostClass kind) const;
  bool empty() const { return all_.count == 0.0; }

 private:
  struct Sums {
    double expected = 0.0, measured = 0.0, count = 0.0;
    void add(double more_expected, double more_measured, double window);
  };

  double window_;
  Sums all_;
  std::array<Sums, std::size_t{std::numeric_limits<CostClass>::max()} + 1> classes_;
};

}  // namespace aesweep
