#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "aesweep/dynamics/flow.hpp"
#include "aesweep/lanes/vector.hpp"

namespace aesweep {

/// What Odeint does to states, entry by entry, as loops that the compiler turns into vectors: the states of one call are distinct, or the same one.
struct StateAlgebra {
  template <class Operation, class First, class... States>
  static void for_each(Operation operation, First& first, States&... states) {
    const std::size_t size = first.size();
    run(operation, size, first.data(), states.data()...);
  }

  template <class A, class Op>
  static void for_each1(A& a, Op op) { for_each(op, a); }
  template <class A, class B, class Op>
  static void for_each2(A& a, B& b, Op op) { for_each(op, a, b); }
  template <class A, class B, class C, class Op>
  static void for_each3(A& a, B& b, C& c, Op op) { for_each(op, a, b, c); }
  template <class A, class B, class C, class D, class Op>
  static void for_each4(A& a, B& b, C& c, D& d, Op op) { for_each(op, a, b, c, d); }
  template <class A, class B, class C, class D, class E, class Op>
  static void for_each5(A& a, B& b, C& c, D& d, E& e, Op op) { for_each(op, a, b, c, d, e); }
  template <class A, class B, class C, class D, class E, class F, class Op>
  static void for_each6(A& a, B& b, C& c, D& d, E& e, F& f, Op op) { for_each(op, a, b, c, d, e, f); }
  template <class A, class B, class C, class D, class E, class F, class G, class Op>
  static void for_each7(A& a, B& b, C& c, D& d, E& e, F& f, G& g, Op op) { for_each(op, a, b, c, d, e, f, g); }
  template <class A, class B, class C, class D, class E, class F, class G, class H, class Op>
  static void for_each8(A& a, B& b, C& c, D& d, E& e, F& f, G& g, H& h, Op op) { for_each(op, a, b, c, d, e, f, g, h); }

  /// Largest |x|, of those that are numbers.
  static double norm_inf(const FlowState& state) {
    lanes::Real largest{};
    std::size_t i = 0;
    for (; i + lanes::kLanes <= state.size(); i += lanes::kLanes) largest = lanes::max(largest, lanes::abs(lanes::load(state.data() + i)));
    double norm = 0.0;
    for (int lane = 0; lane < lanes::kLanes; ++lane) norm = std::max(norm, largest[lane]);
    for (; i < state.size(); ++i) norm = std::max(norm, std::abs(state[i]));
    return norm;
  }

 private:
  template <class Operation, class... Numbers>
  static void run(Operation operation, std::size_t size, Numbers*... numbers) {
#pragma GCC ivdep
    for (std::size_t i = 0; i < size; ++i) operation(numbers[i]...);
  }
};

}  // namespace aesweep
