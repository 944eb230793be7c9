// SPDX-License-Identifier: Apache-2.0
#include "tests/structure/descriptor_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "tests/structure/code_text.hpp"

namespace forkmap::structure {

namespace {

// These stand as "::open(" in our code; without the colons a member of ours may have the name.
constexpr std::array kMakers = {
    std::string_view{"open"},     std::string_view{"open64"}, std::string_view{"openat"},
    std::string_view{"creat"},    std::string_view{"socket"}, std::string_view{"accept"},
    std::string_view{"dup"},      std::string_view{"pipe"},   std::string_view{"eventfd"},
    std::string_view{"mkostemp"}, std::string_view{"mkstemp"}};

// Nothing of ours has such a name, so they are found with and without colons.
constexpr std::array kUnmistakableMakers = {
    std::string_view{"accept4"},        std::string_view{"memfd_create"},
    std::string_view{"epoll_create"},   std::string_view{"epoll_create1"},
    std::string_view{"timerfd_create"}, std::string_view{"signalfd"},
    std::string_view{"inotify_init"},   std::string_view{"inotify_init1"},
    std::string_view{"openat2"},        std::string_view{"userfaultfd"},
    std::string_view{"pipe2"},          std::string_view{"socketpair"},
    std::string_view{"fanotify_init"},  std::string_view{"perf_event_open"}};

constexpr std::array kPairMakers = {std::string_view{"pipe"}, std::string_view{"pipe2"},
                                    std::string_view{"socketpair"}};

// Opens what is missing of descriptors 0, 1 and 2, which are everybody's.
constexpr std::string_view kStandardDescriptors = "host/cli/standard_descriptors.cpp";

[[nodiscard]] bool is_in_word(char character) {
  return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_';
}

void drop_space(std::string_view& code) {
  while (!code.empty() && std::isspace(static_cast<unsigned char>(code.back())) != 0) {
    code.remove_suffix(1);
  }
}

// Takes the word at the end away; empty if there is none.
[[nodiscard]] std::string_view take_word(std::string_view& code) {
  drop_space(code);
  std::size_t begin = code.size();
  while (begin > 0 && is_in_word(code[begin - 1])) --begin;
  const std::string_view word = code.substr(begin);
  code.remove_suffix(word.size());
  return word;
}

// Whether what follows `before` is the first argument of a UniqueFd: `UniqueFd(`, `UniqueFd name(`,
// or the initializer of a member, `name_(`.
[[nodiscard]] bool makes_owner(std::string_view before) {
  drop_space(before);
  constexpr std::string_view cast = "static_cast<int>(";
  if (before.ends_with(cast)) before.remove_suffix(cast.size());
  drop_space(before);
  if (!before.ends_with('(')) return false;
  before.remove_suffix(1);
  const std::string_view name = take_word(before);
  return name == "UniqueFd" || name.ends_with('_') || take_word(before) == "UniqueFd";
}

[[nodiscard]] std::string_view arguments_of(std::string_view code, std::size_t open) {
  return code.substr(open, code.find(';', open) - open);
}

class Reading {
 public:
  Reading(const SourceFile& file, Findings& findings)
      : file_(file), code_(code_only(file.text)), findings_(findings) {}

  void look_for(std::string_view maker, bool needs_colons) {
    for_each_call(maker, [&](std::string_view before, std::size_t) {
      const bool has_colons = before.ends_with("::");
      if (has_colons) before.remove_suffix(2);
      if (has_colons && !before.empty() && is_in_word(before.back())) return;  // a member of ours
      if (!has_colons && (needs_colons || before.ends_with('.') || before.ends_with("->"))) return;
      const bool is_pair = std::ranges::find(kPairMakers, maker) != kPairMakers.end();
      if (is_pair ? is_below(file_.path, "core/base") : makes_owner(before)) return;
      note(maker, before.size());
    });
  }

  // fcntl(F_DUPFD) and the system calls that have no function of their own.
  void look_for(std::string_view call, std::string_view argument) {
    for_each_call(call, [&](std::string_view before, std::size_t open) {
      if (arguments_of(code_, open).find(argument) == std::string_view::npos) return;
      if (before.ends_with("::")) before.remove_suffix(2);
      if (!makes_owner(before)) note(argument, before.size());
    });
  }

 private:
  template <class Use>
  void for_each_call(std::string_view name, Use use) {
    const std::string_view code = code_;
    for (std::size_t at = code.find(name); at != std::string_view::npos;
         at = code.find(name, at + 1)) {
      const std::size_t open = at + name.size();
      if ((at > 0 && is_in_word(code[at - 1])) || open >= code.size() || code[open] != '(')
        continue;
      use(code.substr(0, at), open);
    }
  }

  void note(std::string_view maker, std::size_t at) {
    const auto before = std::string_view(code_).substr(0, at);
    const auto line = 1 + static_cast<std::size_t>(std::ranges::count(before, '\n'));
    findings_.push_back(
        finding(file_.path, line, std::string(maker) + " is not handed to a UniqueFd at once"));
  }

  const SourceFile& file_;
  std::string code_;
  Findings& findings_;
};

}  // namespace

Findings check_descriptor_owners(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    const bool is_ours = is_below(file.path, "core") || is_below(file.path, "host");
    if (!is_ours || !is_c_family(file.path) || file.path == kStandardDescriptors) continue;
    Reading reading(file, findings);
    for (const std::string_view maker : kMakers) reading.look_for(maker, true);
    for (const std::string_view maker : kUnmistakableMakers) reading.look_for(maker, false);
    reading.look_for("fcntl", std::string_view{"F_DUPFD"});
    reading.look_for("syscall", std::string_view{"SYS_pidfd_open"});
    reading.look_for("syscall", std::string_view{"SYS_memfd_create"});
  }
  return findings;
}

}  // namespace forkmap::structure
