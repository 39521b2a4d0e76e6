#pragma once
#include <Eigen/Core>
#include <string>
#include <toml++/toml.h>
#include <vector>

namespace aesweep::testing {

inline Eigen::VectorXd vector_of(const toml::array& array) {
  Eigen::VectorXd result(static_cast<Eigen::Index>(array.size()));
  for (std::size_t i = 0; i < array.size(); ++i) result[static_cast<Eigen::Index>(i)] = *array[i].value<double>();
  return result;
}

inline Eigen::MatrixXd matrix_of(const toml::array& rows) {
  Eigen::MatrixXd result(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(rows[0].as_array()->size()));
  for (std::size_t i = 0; i < rows.size(); ++i) result.row(static_cast<Eigen::Index>(i)) = vector_of(*rows[i].as_array());
  return result;
}

inline std::vector<double> list_of(const toml::array& array) {
  const auto values = vector_of(array);
  return {values.begin(), values.end()};
}

}  // namespace aesweep::testing
