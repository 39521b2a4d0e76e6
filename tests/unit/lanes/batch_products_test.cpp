#include "aesweep/lanes/batch_products.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "aesweep/lanes/aligned.hpp"

namespace aesweep::lanes {
namespace {

/// Numbers of order one that follow no pattern of a tile.
template <class Scalar>
Scalar number(std::ptrdiff_t i, std::ptrdiff_t j, int seed) {
  return static_cast<Scalar>(std::sin(1.0 + 12.9898 * static_cast<double>(i) + 78.233 * static_cast<double>(j) + seed));
}

template <class Scalar>
class Held {
 public:
  Held(std::ptrdiff_t units, std::ptrdiff_t length, int seed) : units_(units), length_(length), numbers_(units * batch_stride<Scalar>(length)) {
    for (std::ptrdiff_t i = 0; i < units; ++i)
      for (std::ptrdiff_t d = 0; d < length; ++d) rows().row(i)[d] = number<Scalar>(i, d, seed);
  }
  Batch<Scalar> rows() { return {numbers_.data(), units_, length_, batch_stride<Scalar>(length_)}; }

 private:
  std::ptrdiff_t units_, length_;
  Aligned<Scalar> numbers_;
};

template <class Scalar>
class BatchProducts : public ::testing::Test {
 protected:
  static constexpr double kTolerance = 100.0 * std::numeric_limits<Scalar>::epsilon();   // sums of up to 40 products of order one
  static constexpr std::ptrdiff_t kUnits[] = {1, 2, 3, 5, 7, 13, 40};
  static constexpr std::ptrdiff_t kLines[] = {1, 2, 3, 5, 9};
};
using Scalars = ::testing::Types<float, double>;
TYPED_TEST_SUITE(BatchProducts, Scalars);

TYPED_TEST(BatchProducts, MultiplyByAMatrixOrItsTranspose) {
  for (const auto m : this->kUnits)
    for (const auto n : this->kUnits)
      for (const auto lines : this->kLines) {
        SCOPED_TRACE(::testing::Message() << m << ' ' << n << ' ' << lines);
        const auto length = lines * kLine<TypeParam>;
        Held<TypeParam> x(n, length, 1), y(m, length, 2), z(m, length, 3);
        std::vector<TypeParam> c, transposed, start;
        for (std::ptrdiff_t i = 0; i < m; ++i) {
          start.push_back(number<TypeParam>(i, 0, 4));
          for (std::ptrdiff_t j = 0; j < n; ++j) c.push_back(number<TypeParam>(i, j, 5));
        }
        for (std::ptrdiff_t j = 0; j < n; ++j)
          for (std::ptrdiff_t i = 0; i < m; ++i) transposed.push_back(c[static_cast<std::size_t>(i * n + j)]);
        std::ptrdiff_t finished = 0;
        multiply<TypeParam>({c.data(), n, 1}, start.data(), x.rows(), y.rows(), [&](std::ptrdiff_t, std::ptrdiff_t, std::ptrdiff_t count) { finished += count; });
        multiply<TypeParam>({transposed.data(), 1, m}, nullptr, x.rows(), z.rows(), [](std::ptrdiff_t, std::ptrdiff_t, std::ptrdiff_t) {});
        EXPECT_EQ(finished, m * length);
        double worst = 0.0;
        for (std::ptrdiff_t i = 0; i < m; ++i)
          for (std::ptrdiff_t d = 0; d < length; ++d) {
            double exact = 0.0;
            for (std::ptrdiff_t j = 0; j < n; ++j) exact += static_cast<double>(c[static_cast<std::size_t>(i * n + j)]) * static_cast<double>(x.rows().row(j)[d]);
            const double shift = static_cast<double>(start[static_cast<std::size_t>(i)]);
            worst = std::max({worst, std::abs(static_cast<double>(y.rows().row(i)[d]) - exact - shift), std::abs(static_cast<double>(z.rows().row(i)[d]) - exact)});
          }
        EXPECT_LT(worst, this->kTolerance);
      }
}

TYPED_TEST(BatchProducts, CorrelateSumsOverSamples) {
  for (const auto m : this->kUnits)
    for (const auto n : this->kUnits)
      for (const auto lines : this->kLines) {
        SCOPED_TRACE(::testing::Message() << m << ' ' << n << ' ' << lines);
        const auto length = lines * kLine<TypeParam>;
        Held<TypeParam> a(m, length, 1), b(n, length, 2);
        std::vector<TypeParam> g(static_cast<std::size_t>(m * (n + 2)), TypeParam{-7});
        correlate<TypeParam>(a.rows(), b.rows(), g.data(), n + 2);
        double worst = 0.0;
        for (std::ptrdiff_t i = 0; i < m; ++i) {
          for (std::ptrdiff_t j = 0; j < n; ++j) {
            double exact = 0.0;
            for (std::ptrdiff_t d = 0; d < length; ++d) exact += static_cast<double>(a.rows().row(i)[d]) * static_cast<double>(b.rows().row(j)[d]);
            worst = std::max(worst, std::abs(static_cast<double>(g[static_cast<std::size_t>(i * (n + 2) + j)]) - exact));
          }
          EXPECT_EQ(g[static_cast<std::size_t>(i * (n + 2) + n)], TypeParam{-7});
        }
        EXPECT_LT(worst, 2.0 * this->kTolerance);
      }
}

// The bits of a sample's numbers are those that it has alone.
TYPED_TEST(BatchProducts, ASamplesPlaceDoesNotMatter) {
  const auto line = kLine<TypeParam>;
  Held<TypeParam> x(13, 9 * line, 1), y(7, 9 * line, 2), few(13, line, 3), product(7, line, 4);
  std::vector<TypeParam> c;
  for (std::ptrdiff_t i = 0; i < 7 * 13; ++i) c.push_back(number<TypeParam>(i, 0, 5));
  const auto nothing = [](std::ptrdiff_t, std::ptrdiff_t, std::ptrdiff_t) {};
  multiply<TypeParam>({c.data(), 13, 1}, nullptr, x.rows(), y.rows(), nothing);
  for (const std::ptrdiff_t sample : {std::ptrdiff_t{0}, line + 3, 8 * line + 1, 9 * line - 1}) {
    for (std::ptrdiff_t j = 0; j < 13; ++j) few.rows().row(j)[2] = x.rows().row(j)[sample];
    multiply<TypeParam>({c.data(), 13, 1}, nullptr, few.rows(), product.rows(), nothing);
    for (std::ptrdiff_t i = 0; i < 7; ++i) EXPECT_EQ(product.rows().row(i)[2], y.rows().row(i)[sample]) << i << ' ' << sample;
  }
}

}  // namespace
}  // namespace aesweep::lanes
