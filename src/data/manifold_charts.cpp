#include <cmath>
#include <numbers>

#include "aesweep/data/manifold.hpp"
#include "inverse_measure.hpp"

namespace aesweep {

namespace {

using Eigen::Vector3d;
using Jacobian = Eigen::Matrix<double, 3, 2>;

constexpr double kTurn = 2.0 * std::numbers::pi;

double square(double x) { return x * x; }
/// x − period ⌊x/period⌋.
double wrapped(double x, double period) { return x - period * std::floor(x / period); }

Jacobian columns(const Vector3d& first, const Vector3d& second = Vector3d::Zero()) {
  Jacobian result;
  result << first, second;
  return result;
}

/// What curves share: the coordinate is the arc length on a component.
class Curve : public Manifold {
 public:
  ChartPlace place(int component, double first, double) const override { return {component, {first * length(), 0.0}}; }
  Coordinate coordinate(int) const override { return {0.0, length(), facts().closed}; }

 protected:
  using Manifold::Manifold;
  double length() const { return facts().measure / facts().components; }
};

class Circle final : public Curve {
 public:
  Circle() : Curve(ManifoldKind::circle) {}
  Vector3d point(const ChartPlace& at) const override { return {std::cos(at.u[0]), std::sin(at.u[0]), 0.0}; }
  Jacobian derivatives(const ChartPlace& at) const override { return columns({-std::sin(at.u[0]), std::cos(at.u[0]), 0.0}); }
};

class Circles final : public Curve {
 public:
  Circles() : Curve(ManifoldKind::circles) {}
  Vector3d point(const ChartPlace& at) const override {
    const double c = std::cos(at.u[0]), s = std::sin(at.u[0]);
    return at.component == 0 ? Vector3d(c - 0.5, s, 0.0) : Vector3d(0.5 - c, 0.0, s);
  }
  Jacobian derivatives(const ChartPlace& at) const override {
    const double c = std::cos(at.u[0]), s = std::sin(at.u[0]);
    return columns(at.component == 0 ? Vector3d(-s, c, 0.0) : Vector3d(s, 0.0, c));
  }
};

class Arc final : public Curve {
 public:
  Arc() : Curve(ManifoldKind::arc) {}
  Vector3d point(const ChartPlace& at) const override { return {std::sin(at.u[0] - kHalf), std::cos(at.u[0] - kHalf) - kMean, 0.0}; }
  Jacobian derivatives(const ChartPlace& at) const override { return columns({std::cos(at.u[0] - kHalf), -std::sin(at.u[0] - kHalf), 0.0}); }

 private:
  static constexpr double kHalf = 0.75 * std::numbers::pi, kMean = 0.300105438719035357;   // sin a/a
};

/// A curve given by any parameter t.
struct Lemniscate {
  static constexpr auto kKind = ManifoldKind::figure_eight;
  static Vector3d point(double t) {
    const double c = std::cos(t), s = std::sin(t), factor = 1.0 / (1.0 + s * s);
    return {c * factor, s * c * factor, 0.0};
  }
  static Vector3d velocity(double t) {
    const double s = std::sin(t), factor = 1.0 / square(1.0 + s * s);
    return {s * (s * s - 3.0) * factor, (1.0 - 3.0 * s * s) * factor, 0.0};
  }
};

struct Trefoil {
  static constexpr auto kKind = ManifoldKind::trefoil;
  static Vector3d point(double t) {
    const double rho = 0.7 + 0.3 * std::cos(3.0 * t);
    return {rho * std::cos(2.0 * t), rho * std::sin(2.0 * t), 0.3 * std::sin(3.0 * t)};
  }
  static Vector3d velocity(double t) {
    const double c = std::cos(2.0 * t), s = std::sin(2.0 * t), rho = 0.7 + 0.3 * std::cos(3.0 * t), slope = -0.9 * std::sin(3.0 * t);
    return {slope * c - 2.0 * rho * s, slope * s + 2.0 * rho * c, 0.9 * std::cos(3.0 * t)};
  }
};

template <class Shape>
class TabulatedCurve final : public Curve {
 public:
  TabulatedCurve() : Curve(Shape::kKind), parameter_(0.0, kTurn, [](double t) { return Shape::velocity(t).norm(); }) {}
  Vector3d point(const ChartPlace& at) const override { return Shape::point(parameter(at)); }
  Jacobian derivatives(const ChartPlace& at) const override { return columns(Shape::velocity(parameter(at)).normalized()); }

 private:
  double parameter(const ChartPlace& at) const { return parameter_(wrapped(at.u[0], length())); }
  InverseMeasure parameter_;
};

class Sphere final : public Manifold {
 public:
  Sphere() : Manifold(ManifoldKind::sphere) {}
  ChartPlace place(int component, double first, double second) const override { return {component, {std::acos(1.0 - 2.0 * first), kTurn * second}}; }
  Vector3d point(const ChartPlace& at) const override {
    const double s = std::sin(at.u[0]);
    return {s * std::cos(at.u[1]), s * std::sin(at.u[1]), std::cos(at.u[0])};
  }
  Jacobian derivatives(const ChartPlace& at) const override {
    const double c = std::cos(at.u[0]), s = std::sin(at.u[0]), cosine = std::cos(at.u[1]), sine = std::sin(at.u[1]);
    return columns({c * cosine, c * sine, -s}, {-s * sine, s * cosine, 0.0});
  }
  Coordinate coordinate(int i) const override { return i == 0 ? Coordinate{0.0, 0.5 * kTurn, false} : Coordinate{0.0, kTurn, true}; }
};

class Torus final : public Manifold {
 public:
  Torus() : Manifold(ManifoldKind::torus), theta_(0.0, kTurn, [](double theta) { return 1.0 + 0.5 * std::cos(theta); }) {}
  ChartPlace place(int component, double first, double second) const override { return {component, {theta_(first * theta_.total()), kTurn * second}}; }
  Vector3d point(const ChartPlace& at) const override {
    const double rho = 1.0 + 0.5 * std::cos(at.u[0]);
    return {rho * std::cos(at.u[1]), rho * std::sin(at.u[1]), 0.5 * std::sin(at.u[0])};
  }
  Jacobian derivatives(const ChartPlace& at) const override {
    const double c = 0.5 * std::cos(at.u[0]), s = 0.5 * std::sin(at.u[0]), cosine = std::cos(at.u[1]), sine = std::sin(at.u[1]);
    return columns({-s * cosine, -s * sine, c}, {-(1.0 + c) * sine, (1.0 + c) * cosine, 0.0});
  }
  Coordinate coordinate(int) const override { return {0.0, kTurn, true}; }

 private:
  InverseMeasure theta_;
};

class SwissRoll final : public Manifold {
 public:
  SwissRoll() : Manifold(ManifoldKind::swiss_roll), angle_(0.75 * kTurn, 2.25 * kTurn, [](double t) { return kPitch * std::sqrt(1.0 + t * t); }) {}
  ChartPlace place(int component, double first, double second) const override {
    return {component, {first * angle_.total(), kHeight * (second - 0.5)}};
  }
  Vector3d point(const ChartPlace& at) const override {
    const double t = angle_(at.u[0]);
    return along_axes(kPitch * t * std::cos(t) - kMean[0], kPitch * t * std::sin(t) - kMean[1], at.u[1]);
  }
  Jacobian derivatives(const ChartPlace& at) const override {
    const double t = angle_(at.u[0]), c = std::cos(t), s = std::sin(t), factor = 1.0 / std::sqrt(1.0 + t * t);
    return columns(along_axes(factor * (c - t * s), factor * (s + t * c), 0.0), {0.0, 0.0, 1.0});
  }
  Coordinate coordinate(int i) const override {
    return i == 0 ? Coordinate{0.0, angle_.total(), false} : Coordinate{-0.5 * kHeight, 0.5 * kHeight, false};
  }

 private:
  static constexpr double kPitch = 1.0 / (2.25 * kTurn), kHeight = 1.5;
  static constexpr double kMean[] = {0.173378305120243674, 0.029838794466961750};   // of the spiral
  static constexpr double kAxis[] = {0.506065448914633045, 0.862495079067023392};          // direction of its largest variance
  static Vector3d along_axes(double x, double y, double z) { return {kAxis[0] * x + kAxis[1] * y, kAxis[0] * y - kAxis[1] * x, z}; }

  InverseMeasure angle_;
};

class Disc final : public Manifold {
 public:
  Disc() : Manifold(ManifoldKind::disc) {}
  ChartPlace place(int component, double first, double second) const override { return {component, {std::sqrt(first), kTurn * second}}; }
  Vector3d point(const ChartPlace& at) const override { return {at.u[0] * std::cos(at.u[1]), at.u[0] * std::sin(at.u[1]), 0.0}; }
  Jacobian derivatives(const ChartPlace& at) const override {
    const double c = std::cos(at.u[1]), s = std::sin(at.u[1]);
    return columns({c, s, 0.0}, {-at.u[0] * s, at.u[0] * c, 0.0});
  }
  Coordinate coordinate(int i) const override { return i == 0 ? Coordinate{0.0, 1.0, false} : Coordinate{0.0, kTurn, true}; }
};

}  // namespace

std::unique_ptr<const Manifold> Manifold::make(ManifoldKind kind) {
  switch (kind) {
    case ManifoldKind::circle: return std::make_unique<Circle>();
    case ManifoldKind::circles: return std::make_unique<Circles>();
    case ManifoldKind::figure_eight: return std::make_unique<TabulatedCurve<Lemniscate>>();
    case ManifoldKind::trefoil: return std::make_unique<TabulatedCurve<Trefoil>>();
    case ManifoldKind::sphere: return std::make_unique<Sphere>();
    case ManifoldKind::torus: return std::make_unique<Torus>();
    case ManifoldKind::swiss_roll: return std::make_unique<SwissRoll>();
    case ManifoldKind::arc: return std::make_unique<Arc>();
    case ManifoldKind::disc: return std::make_unique<Disc>();
  }
  return nullptr;
}

}  // namespace aesweep
