// SPDX-License-Identifier: Apache-2.0
#include "core/process/results_page.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/base/system_error.hpp"

namespace forkmap::process {

ResultsPage::ResultsPage(int results_fd)
    : size_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
  // A page beyond the end of the file would be a SIGBUS of the zygote at the first look.
  struct stat file{};
  if (::fstat(results_fd, &file) != 0)
    base::throw_system_error("look at a lane's results (fstat)", errno);
  if (file.st_size < static_cast<off_t>(size_)) {
    base::throw_system_error("map a page of a lane's results, which are shorter", EINVAL);
  }
  void* address = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, results_fd, 0);
  if (address == MAP_FAILED)
    base::throw_system_error("map a page of a lane's results (mmap)", errno);
  // Only helps: what a worker does not have it cannot read. It may not write there in any case.
  (void)::madvise(address, size_, MADV_DONTFORK);
  data_ = static_cast<const std::byte*>(address);
}

ResultsPage::ResultsPage(ResultsPage&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(other.size_) {}

ResultsPage& ResultsPage::operator=(ResultsPage&& other) noexcept {
  if (this != &other) {
    unmap();
    data_ = std::exchange(other.data_, nullptr);
    size_ = other.size_;
  }
  return *this;
}

ResultsPage::~ResultsPage() { unmap(); }

void ResultsPage::unmap() noexcept {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
  data_ = nullptr;
}

}  // namespace forkmap::process
