#include "aesweep/outcome/order_parameters.hpp"

#include <gtest/gtest.h>

#include "random_weights.hpp"

namespace aesweep {
namespace {

// Sums written out, in another order: rounding alone, some 10^-16 of numbers of order one.
TEST(OrderParameters, AreTheSumsOverTheModesFromTheFirstOneOn) {
  const Eigen::Index K = 3, n = 7;
  const double noise = 0.3;
  const Eigen::VectorXd rho_hat = Eigen::VectorXd::NullaryExpr(n, [](Eigen::Index i) { return 2.0 / static_cast<double>(i + 1); });
  const auto weights = testing::random_weights(K, n, 0.7, 21);
  OrderParameterMeter meter(K, rho_hat, noise);
  for (const Eigen::Index first : {0, 2, 7}) {
    const auto& found = meter.measure(weights, first);
    for (Eigen::Index k = 0; k < K; ++k)
      for (Eigen::Index l = 0; l < K; ++l) {
        double Q = 0.0, R = 0.0, T1 = 0.0, T0 = 0.0;
        for (Eigen::Index m = n - 1; m >= first; --m) {
          Q += weights.encoder(k, m) * (rho_hat[m] + noise) * weights.encoder(l, m);
          R += weights.decoder(k, m) * rho_hat[m] * weights.encoder(l, m);
          T1 += weights.decoder(k, m) * rho_hat[m] * weights.decoder(l, m);
          T0 += weights.decoder(k, m) * weights.decoder(l, m);
        }
        EXPECT_NEAR(found.Q(k, l), Q, 1e-14);
        EXPECT_NEAR(found.R(k, l), R, 1e-14);
        EXPECT_NEAR(found.T1(k, l), T1, 1e-14);
        EXPECT_NEAR(found.T0(k, l), T0, 1e-14);
      }
  }
}

}  // namespace
}  // namespace aesweep
