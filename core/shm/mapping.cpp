// SPDX-License-Identifier: Apache-2.0
#include "core/shm/mapping.hpp"

#include <sys/mman.h>

#include <boost/interprocess/exceptions.hpp>
#include <cerrno>
#include <string>

#include "core/base/system_error.hpp"
#include "core/shm/memfd.hpp"

namespace forkmap::shm {

namespace {

// Models Boost.Interprocess' MemoryMappable: a descriptor and a mode.
class Mappable {
 public:
  Mappable(int fd, boost::interprocess::mode_t mode) : fd_(fd), mode_(mode) {}
  [[nodiscard]] boost::interprocess::mapping_handle_t get_mapping_handle() const {
    return boost::interprocess::ipcdetail::mapping_handle_from_file_handle(fd_);
  }
  [[nodiscard]] boost::interprocess::mode_t get_mode() const { return mode_; }

 private:
  int fd_;
  boost::interprocess::mode_t mode_;
};

void advise(void* data, std::size_t size_bytes, int advice, const char* asked) {
  if (::madvise(data, size_bytes, advice) != 0) base::throw_system_error(asked, errno);
}

}  // namespace

Mapping::Mapping(int fd, Access access, std::uint64_t size_bytes, AtFork at_fork) {
  const auto mode = access == Access::read_only ? boost::interprocess::read_only
                                                : boost::interprocess::read_write;
  try {
    region_ = boost::interprocess::mapped_region(Mappable(fd, mode), mode, 0, size_bytes, nullptr,
                                                 MAP_SHARED | MAP_NORESERVE);
  } catch (const boost::interprocess::interprocess_exception& exception) {
    base::throw_system_error("map " + std::to_string(size_bytes) + " bytes of shared memory",
                             exception.get_native_error());
  }
  advise(region_.get_address(), region_.get_size(), MADV_DONTDUMP, "keep a mapping out of dumps");
  if (at_fork == AtFork::absent) {
    advise(region_.get_address(), region_.get_size(), MADV_DONTFORK,
           "keep a mapping from children");
  }
}

std::byte* Mapping::data() const noexcept { return static_cast<std::byte*>(region_.get_address()); }

std::uint64_t Mapping::size_bytes() const noexcept { return region_.get_size(); }

bool Mapping::punch(std::uint64_t offset_bytes, std::uint64_t stretch_bytes) const noexcept {
  const std::uint64_t begin = round_up_to_page(offset_bytes);
  const std::uint64_t end = (offset_bytes + stretch_bytes) / page_bytes() * page_bytes();
  return end <= begin || ::madvise(data() + begin, end - begin, MADV_REMOVE) == 0;
}

}  // namespace forkmap::shm
