#include "reset_rows.hpp"

#include "aesweep/store/result_file.hpp"
#include "sequential.hpp"

namespace aesweep {

void reset_rows(const std::string& path, const FileLayout& layout, const std::vector<RowPlace>& rows) {
  if (rows.empty()) return;
  ResultFile file(path, layout, MPI_COMM_SELF);
  for (const auto& row : rows) file.set_pending(row.engine, row.task);
  file.close();
}

void reset_failed_rows(const std::string& path, const FileLayout& layout, const Part& part) {
  std::vector<RowPlace> rows;
  {
    const ResultReader reader(path);
    const auto own = dealt(part, reader);
    for (std::size_t e = 0; e < layout.engines.size(); ++e) {
      const auto status = reader.status(layout.engines[e].name);
      for (std::uint64_t task = 0; task < status.size(); ++task)
        if (own.has(task) && status[task] == static_cast<std::uint8_t>(Status::failed)) rows.push_back({e, task});
    }
  }
  reset_rows(path, layout, rows);
}

}  // namespace aesweep
