// SPDX-License-Identifier: Apache-2.0
#include "tests/structure/include_rules.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "tests/structure/house_table.hpp"

namespace forkmap::structure {

namespace {

struct Include {
  std::size_t line;
  bool quoted;
  std::string_view target;
};

constexpr std::string_view kPublicFolder = "core/include/forkmap";
// What the command may know of core beside the public headers: the engine and what its interface is
// made of, looking at a plugin without a pool, and the smallest things of the lowest layer.
constexpr std::array kOpenToHost = {std::string_view{"core/pool/engine.hpp"},
                                    std::string_view{"core/pool/orphans.hpp"},
                                    std::string_view{"core/site/further_sites.hpp"},
                                    std::string_view{"core/node/agent.hpp"},
                                    std::string_view{"core/node/frame.hpp"},
                                    std::string_view{"core/node/messages.hpp"},
                                    std::string_view{"core/node/offers.hpp"},
                                    std::string_view{"core/node/remote_site.hpp"},
                                    std::string_view{"core/plugin/registry_table.hpp"},
                                    std::string_view{"core/plugin/inspect.hpp"},
                                    std::string_view{"core/plugin/loaded_build_id.hpp"},
                                    std::string_view{"core/plugin/loading_hints.hpp"},
                                    std::string_view{"core/plugin/near_names.hpp"},
                                    std::string_view{"core/plugin/plugin_search.hpp"},
                                    std::string_view{"core/serial/serial_pool.hpp"},
                                    std::string_view{"core/plugin/object_list.hpp"},
                                    std::string_view{"core/plugin/object_end.hpp"},
                                    std::string_view{"core/plugin/fortran_units.hpp"},
                                    std::string_view{"core/types/caught_exception.hpp"},
                                    std::string_view{"core/base/stdio_streams.hpp"},
                                    std::string_view{"core/base/process_state.hpp"},
                                    std::string_view{"core/types/failed_item.hpp"},
                                    std::string_view{"core/types/signature.hpp"},
                                    std::string_view{"core/types/blank_runs.hpp"},
                                    std::string_view{"core/types/text_format.hpp"},
                                    std::string_view{"core/types/quoted_text.hpp"},
                                    std::string_view{"core/types/message_cut.hpp"},
                                    std::string_view{"core/types/parameters.hpp"},
                                    std::string_view{"core/base/printable_text.hpp"},
                                    std::string_view{"core/base/check.hpp"},
                                    std::string_view{"core/base/epoll.hpp"},
                                    std::string_view{"core/base/executable_path.hpp"},
                                    std::string_view{"core/base/failing_writes.hpp"},
                                    std::string_view{"core/base/file_name.hpp"},
                                    std::string_view{"core/base/hexadecimal.hpp"},
                                    std::string_view{"core/base/pidfd.hpp"},
                                    std::string_view{"core/base/signal_names.hpp"},
                                    std::string_view{"core/base/system_error.hpp"},
                                    std::string_view{"core/base/time_histogram.hpp"},
                                    std::string_view{"core/base/utf8.hpp"},
                                    std::string_view{"core/base/write_all.hpp"},
                                    std::string_view{"core/base/stream_writer.hpp"},
                                    std::string_view{"core/base/unique_fd.hpp"}};

// Headers of the C standard library; the one of POSIX that names pid_t, which the documented
// signatures use; and the one of the C++ run-time library that names the exception by which
// pthread_exit unwinds.
constexpr std::array kCHeaders = {
    std::string_view{"assert.h"},   std::string_view{"cxxabi.h"}, std::string_view{"float.h"},
    std::string_view{"inttypes.h"}, std::string_view{"limits.h"}, std::string_view{"math.h"},
    std::string_view{"stdbool.h"},  std::string_view{"stddef.h"}, std::string_view{"stdint.h"},
    std::string_view{"stdlib.h"},   std::string_view{"string.h"}, std::string_view{"sys/types.h"}};

[[nodiscard]] std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(begin);
}

[[nodiscard]] std::optional<Include> include_in(std::string_view text, std::size_t line) {
  text = trimmed(text);
  if (!text.starts_with('#')) return std::nullopt;
  text = trimmed(text.substr(1));
  if (!text.starts_with("include")) return std::nullopt;
  text = trimmed(text.substr(7));
  const char close = text.starts_with('<') ? '>' : '"';
  if (!text.starts_with('<') && !text.starts_with('"')) return std::nullopt;
  const std::size_t end = text.find(close, 1);
  if (end == std::string_view::npos) return std::nullopt;
  return Include{line, close == '"', text.substr(1, end - 1)};
}

[[nodiscard]] std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> includes;
  if (!is_c_family(file.path)) return includes;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(file.text)) {
    if (const auto include = include_in(line, ++number)) includes.push_back(*include);
  }
  return includes;
}

// The path in the repository that an include means; empty if it lies outside.
[[nodiscard]] std::string resolved(const Include& include) {
  if (include.target.starts_with("forkmap/")) return "core/include/" + std::string(include.target);
  return include.quoted ? std::string(include.target) : std::string{};
}

// The one of `table` that is the folder of `parent` in which the path lies; null for none.
[[nodiscard]] const Layer* found_in(const std::vector<Layer>& table, std::string_view parent,
                                    std::string_view path) {
  for (const Layer& layer : table) {
    if (is_below(path, std::string(parent) + "/" + std::string(layer.name))) return &layer;
  }
  return nullptr;
}

[[nodiscard]] const Layer* layer_of(std::string_view path) {
  return found_in(layers(), "core", path);
}

[[nodiscard]] const Layer* room_of(std::string_view path) {
  return found_in(rooms(), "host", path);
}

[[nodiscard]] bool may_know(const Layer* from, const Layer* to) {
  return to == from || std::ranges::find(from->below, to->name) != from->below.end();
}

constexpr std::string_view kMain = "host/main.cpp";

// Why a file of the command may not include another one of it; empty if it may.
[[nodiscard]] std::string objection_of_room(std::string_view path, std::string_view target) {
  if (path == kMain) return {};
  const Layer* const from = room_of(path);
  const Layer* const to = room_of(target);
  if (from == nullptr) return "of the command only main.cpp lies in no room";
  if (to == nullptr) return "this is in no room of the command";
  if (may_know(from, to)) return {};
  return "the room " + std::string(from->name) + " may not know the room " + std::string(to->name);
}

// Why `path` may not include `target`; empty if it may. Both are paths in the repository.
[[nodiscard]] std::string objection(std::string_view path, std::string_view target) {
  if (is_below(path, "tests")) return {};
  if (is_below(path, "courier")) return "the courier is built alone, by anybody's compiler";
  if (is_below(path, "plugins")) {
    const bool allowed = target == "core/include/forkmap/plugin.h" ||
                         target == "core/include/forkmap/plugin.hpp" ||
                         target.find('/') == std::string::npos;
    return allowed ? std::string{}
                   : "a plugin includes <forkmap/plugin.h> or <forkmap/plugin.hpp> only";
  }
  if (is_below(target, kPublicFolder)) return {};
  if (is_below(path, "host")) {
    if (is_below(target, "host")) return objection_of_room(path, target);
    const bool allowed = std::ranges::find(kOpenToHost, target) != kOpenToHost.end();
    return allowed
               ? std::string{}
               : "the command knows the engine, and of the layers below it this is not open to it";
  }
  if (const Layer* from = layer_of(path)) {
    const Layer* to = layer_of(target);
    if (to == nullptr) return "a layer includes layers and public headers only";
    return may_know(from, to) ? std::string{}
                              : "the layer " + std::string(from->name) +
                                    " may not know the layer " + std::string(to->name);
  }
  if (is_below(path, "core") && !is_below(path, kPublicFolder)) return "this folder is no layer";
  return {};
}

// Depth-first search that remembers the way it came, to tell the whole circle.
class CircleSearch {
 public:
  explicit CircleSearch(const SourceTree& tree) {
    for (const SourceFile& file : tree) {
      for (const Include& include : includes_of(file))
        edges_[file.path].push_back(resolved(include));
    }
  }

  [[nodiscard]] Findings run() {
    for (const auto& [path, targets] : edges_) visit(path);
    return findings_;
  }

 private:
  void visit(const std::string& path) {
    if (const auto seen = std::ranges::find(way_, path); seen != way_.end()) {
      std::string circle;
      for (auto step = seen; step != way_.end(); ++step) circle += *step + " -> ";
      findings_.push_back(finding(path, 0, "includes itself: " + circle + path));
      return;
    }
    if (!done_.insert(path).second) return;
    const auto edge = edges_.find(path);
    if (edge == edges_.end()) return;
    way_.push_back(path);
    for (const std::string& target : edge->second) visit(target);
    way_.pop_back();
  }

  std::map<std::string, std::vector<std::string>> edges_;
  std::set<std::string> done_;
  std::vector<std::string> way_;
  Findings findings_;
};

}  // namespace

Findings check_arrows(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    for (const Include& include : includes_of(file)) {
      const std::string target = resolved(include);
      if (target.empty()) continue;
      if (include.quoted && include.target.starts_with("forkmap/")) {
        findings.push_back(finding(file.path, include.line, "public headers are included with <>"));
      }
      const bool local = target.find('/') == std::string::npos;
      if (local && !is_below(file.path, "plugins") && !is_below(file.path, "docs")) {
        findings.push_back(
            finding(file.path, include.line, "include paths are relative to the root: " + target));
        continue;
      }
      if (const std::string reason = objection(file.path, target); !reason.empty()) {
        findings.push_back(finding(file.path, include.line, reason + ": " + target));
      }
    }
  }
  return findings;
}

Findings check_room_links(const SourceTree& tree) {
  Findings findings;
  for (const Layer& room : rooms()) {
    std::string wanted = "ROOMS";
    for (const std::string_view below : room.below) wanted += " " + std::string(below);
    const std::string path = "host/" + std::string(room.name) + "/CMakeLists.txt";
    const auto file = std::ranges::find(tree, path, &SourceFile::path);
    std::string found = "ROOMS";
    const std::string_view text = file == tree.end() ? std::string_view{} : file->text;
    for (const std::string_view line : lines_of(text)) {
      if (trimmed(line).starts_with(found + " ")) found = trimmed(line);
    }
    if (found != wanted)
      findings.push_back(finding(path, 0, found + ", and it may know: " + wanted));
  }
  return findings;
}

Findings check_circles(const SourceTree& tree) { return CircleSearch(tree).run(); }

Findings check_public_headers(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!is_below(file.path, kPublicFolder)) continue;
    for (const Include& include : includes_of(file)) {
      const std::string_view target = include.target;
      const bool is_public = target.starts_with("forkmap/");
      const bool is_cxx = target.find_first_of("./") == std::string_view::npos;
      const bool is_c = std::ranges::find(kCHeaders, target) != kCHeaders.end();
      if (is_public || (!include.quoted && (is_cxx || is_c))) continue;
      findings.push_back(
          finding(file.path, include.line,
                  "a public header includes neither this nor anything else from outside: " +
                      std::string(target)));
    }
  }
  return findings;
}

Findings check_own_header_first(const SourceTree& tree) {
  std::set<std::string, std::less<>> paths;
  for (const SourceFile& file : tree) paths.insert(file.path);
  Findings findings;
  for (const SourceFile& file : tree) {
    if (extension_of(file.path) != "cpp") continue;
    const std::string header = file.path.substr(0, file.path.size() - 3) + "hpp";
    if (!paths.contains(header)) continue;
    const auto includes = includes_of(file);
    if (includes.empty() || includes.front().target != header) {
      findings.push_back(finding(file.path, includes.empty() ? 0 : includes.front().line,
                                 "its own header comes first: " + header));
    }
  }
  return findings;
}

}  // namespace forkmap::structure
