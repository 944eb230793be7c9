// SPDX-License-Identifier: Apache-2.0
//
// The first page of a lane's results, as the zygote maps it: read-only, and not inherited by the
// workers it forks.
#pragma once

#include <cstddef>

namespace forkmap::process {

class ResultsPage {
 public:
  // Throws SystemError; EINVAL if there is less than a page in the file.
  explicit ResultsPage(int results_fd);
  ResultsPage(ResultsPage&& other) noexcept;
  ResultsPage& operator=(ResultsPage&& other) noexcept;
  ResultsPage(const ResultsPage&) = delete;
  ResultsPage& operator=(const ResultsPage&) = delete;
  ~ResultsPage();

  [[nodiscard]] const std::byte* data() const noexcept { return data_; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  void unmap() noexcept;
};

}  // namespace forkmap::process
