// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/file_identity.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "core/base/file_name.hpp"
#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"
#include "core/plugin/elf_file.hpp"

namespace forkmap::plugin {

FileIdentity identity_of(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) base::throw_system_error("look at a plugin's file", errno);
  const auto size_bytes = static_cast<std::uint64_t>(status.st_size);
  return {
      .device = status.st_dev,
      .inode = status.st_ino,
      .size_bytes = size_bytes,
      .modified_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec,
      .build_id =
          S_ISREG(status.st_mode) ? read_build_id(fd, size_bytes).value_or("") : std::string()};
}

std::string changed_text(const PluginEntry& plugin) {
  const std::string name(base::file_name(plugin.path));
  const base::UniqueFd file(::open(plugin.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) {
    return name + ": " +
           (errno == ENOENT ? "is gone" : "cannot be read: " + base::error_text(errno));
  }
  const FileIdentity now = identity_of(file.get());
  const FileIdentity& then = plugin.identity;
  if (now == then) return {};
  std::string text;
  const auto say = [&text](const std::string& difference) {
    text += (text.empty() ? ": " : ", ") + difference;
  };
  if (now.device != then.device || now.inode != then.inode) say("another file in its place");
  if (now.size_bytes != then.size_bytes) {
    say("size " + std::to_string(then.size_bytes) + " -> " + std::to_string(now.size_bytes));
  }
  if (now.build_id != then.build_id) {
    say("build-id differs");
  } else if (now.modified_ns != then.modified_ns) {
    say("modified since");
  }
  return name + text;
}

}  // namespace forkmap::plugin
