// SPDX-License-Identifier: Apache-2.0
#include "host/io/mapped_feed.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <string_view>
#include <utility>

#include "host/cli/exit_codes.hpp"

namespace forkmap::host {

namespace {

// What the handler of SIGBUS may look at; set once, before the mapping is read.
const char* mapping_begin = nullptr;
const char* mapping_end = nullptr;

void on_bus_error(int number, siginfo_t* info, void*) {
  const char* const place = static_cast<const char*>(info->si_addr);
  if (place >= mapping_begin && place < mapping_end) {
    constexpr std::string_view text =
        "forkmap: the input file became shorter while it was read; the run ends here\n";
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    ::_exit(kCannotGoOn);
  }
  ::signal(number, SIG_DFL);  // the instruction is tried again, and is then fatal
}

void watch_mapping(const char* begin, const char* end) {
  mapping_begin = begin;
  mapping_end = end;
  struct sigaction action = {};
  action.sa_sigaction = &on_bus_error;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGBUS, &action, nullptr);
}

// Whether there is a byte before the end and none behind it. A file that grows meanwhile says so.
bool has_true_size(int fd, ::off_t size_bytes) {
  char byte = 0;
  if (::pread(fd, &byte, 1, size_bytes - 1) != 1) return false;
  if (::pread(fd, &byte, 1, size_bytes) == 0) return true;
  struct stat status = {};
  return ::fstat(fd, &status) == 0 && status.st_size > size_bytes;
}

class MappedFeed : public ByteFeed {
 public:
  // `file`: of which all bytes are here; empty if they are not.
  MappedFeed(std::shared_ptr<const void> owner, const char* begin, const char* end,
             base::UniqueFd file)
      : whole_{std::move(owner), begin, end}, file_(std::move(file)) {
    if (file_) stamp_ = settled_stamp_of(file_.get());
    if (stamp_ && stamp_->size_bytes != static_cast<std::uint64_t>(end - begin)) stamp_.reset();
  }

  Read read(Stretch& stretch, const char*) override {
    if (given_) return Read::end;
    given_ = true;
    stretch = whole_;
    return Read::bytes;
  }
  // The pages are the file's; those who look back map them again.
  void forget_before(const char* place) noexcept override {
    constexpr std::ptrdiff_t kWorthwhileBytes = std::ptrdiff_t{16} << 20;
    if (place - forgotten_ < kWorthwhileBytes) return;
    const auto page_bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto up = [page_bytes](const char* at) {
      return (reinterpret_cast<std::uintptr_t>(at) + page_bytes - 1) / page_bytes * page_bytes;
    };
    const std::uintptr_t begin = up(forgotten_);
    const std::uintptr_t end = up(place) - page_bytes;
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    if (end > begin) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    forgotten_ = place;
  }
  [[nodiscard]] std::optional<std::string_view> whole() const override {
    return std::string_view(whole_.begin, whole_.end);
  }
  [[nodiscard]] std::optional<FileStamp> file() const override {
    if (!stamp_ || stamp_of(file_.get()) != stamp_) return std::nullopt;
    return stamp_;
  }
  [[nodiscard]] std::optional<std::uint64_t> size_bytes() const override {
    return static_cast<std::uint64_t>(whole_.end - whole_.begin);
  }

 private:
  Stretch whole_;
  base::UniqueFd file_;
  std::optional<FileStamp> stamp_;
  const char* forgotten_ = whole_.begin;
  bool given_ = false;
};

}  // namespace

std::unique_ptr<ByteFeed> map_file(base::UniqueFd& file) {
  const int fd = file.get();
  struct stat status = {};
  if (::fstat(fd, &status) != 0 || status.st_size <= 0 || !has_true_size(fd, status.st_size)) {
    return nullptr;
  }
  const auto size_bytes = static_cast<std::size_t>(status.st_size);
  // Standard input may have been read from already.
  const ::off_t at = ::lseek(fd, 0, SEEK_CUR);
  const std::size_t offset = std::min(size_bytes, static_cast<std::size_t>(at < 0 ? 0 : at));
  void* const memory = ::mmap(nullptr, size_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
  if (memory == MAP_FAILED) return nullptr;
  ::madvise(memory, size_bytes, MADV_SEQUENTIAL);
  ::madvise(memory, size_bytes, MADV_DONTFORK);
  const char* const begin = static_cast<const char*>(memory);
  watch_mapping(begin, begin + size_bytes);
  // As if it had been read, for who reads the descriptor next.
  ::lseek(fd, static_cast<::off_t>(size_bytes), SEEK_SET);
  std::shared_ptr<const void> owner(memory, [size_bytes](const void* mapped) {
    ::munmap(const_cast<void*>(mapped), size_bytes);
  });
  if (offset > 0) file.reset();
  return std::make_unique<MappedFeed>(std::move(owner), begin + offset, begin + size_bytes,
                                      std::move(file));
}

}  // namespace forkmap::host
