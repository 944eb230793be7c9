// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/received_plugins.hpp"

#include <fcntl.h>
#include <poll.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <forkmap/error.hpp>
#include <system_error>

#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"
#include "core/base/write_all.hpp"
#include "core/plugin/plugin_search.hpp"
#include "host/cli/usage_error.hpp"
#include "host/io/file_content.hpp"
#include "host/nodes/first_message.hpp"

namespace forkmap::host {

namespace fs = std::filesystem;

namespace {

// The coordinator may send to many before it is this one's turn. If it dies the connection ends.
constexpr auto kAnswerPatience = std::chrono::minutes(10);

// Empty: there is no such file.
std::string content_here(const std::string& word) {
  try {
    const std::string path = plugin::find_plugin(word);
    std::error_code error;
    return fs::is_regular_file(path, error) ? content_of(path) : std::string();
  } catch (const LoadError&) {
    return {};
  }
}

node::Message answer_of(int socket) {
  const auto until = std::chrono::steady_clock::now() + kAnswerPatience;
  FirstMessage first;
  for (;;) {
    if (auto message = first.read(socket)) return std::move(*message);
    if (!first.fault().empty()) {
      throw UsageError("no plugins have come from the coordinator: " + first.fault());
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) throw UsageError("no plugins have come from the coordinator in time");
    pollfd coming{socket, POLLIN, 0};
    // An interrupted wait is a short one.
    (void)::poll(&coming, 1, static_cast<int>(left.count()));
  }
}

fs::path new_folder() {
  std::string name = fs::temp_directory_path() / "forkmap-plugins-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    base::throw_system_error("make a folder for plugins that were sent (" + name + ")", errno);
  }
  return name;
}

}  // namespace

ReceivedPlugins::ReceivedPlugins(CoordinatorLink& link, const std::vector<std::string>& words) {
  node::HeldPlugins held;
  for (const std::string& word : words) held.plugins.push_back({word, content_here(word)});
  link.open();
  if (!link.send(node::to_message(held))) {
    throw UsageError("the coordinator cannot be asked for plugins: its connection was closed");
  }
  const node::Message message = answer_of(link.socket());
  node::SentPlugins sent;
  const node::Fault fault = message.type == node::FrameType::sent
                                ? node::from_message(message, sent)
                                : "something else than plugins";
  if (!fault.empty()) throw UsageError("the coordinator has sent " + fault);
  try {
    keep(sent);
  } catch (...) {
    remove();
    throw;
  }
}

// Each in a folder of its own, so that two may have one name.
void ReceivedPlugins::keep(const node::SentPlugins& sent) {
  if (sent.plugins.empty()) return;
  folder_ = new_folder();
  for (const node::SentPlugin& plugin : sent.plugins) {
    const fs::path folder = folder_ / std::to_string(files_.size());
    const fs::path path = folder / plugin.file_name;
    std::error_code error;
    if (!fs::create_directory(folder, error)) {
      base::throw_system_error("make " + folder.string(), error.value());
    }
    const base::UniqueFd file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IXUSR));
    if (!file) base::throw_system_error("open " + path.string(), errno);
    if (const auto written = base::write_all(file.get(), plugin.image); !written.is_all()) {
      base::throw_system_error("write " + path.string(), written.error);
    }
    files_[plugin.word] = path;
  }
}

void ReceivedPlugins::remove() noexcept {
  if (folder_.empty()) return;
  std::error_code error;
  fs::remove_all(folder_, error);
  folder_.clear();
}

}  // namespace forkmap::host
