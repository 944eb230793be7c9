// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/loading_hints.hpp"

#include <forkmap/plugin.h>

#include <charconv>
#include <system_error>
#include <vector>

#include "core/plugin/linked_object.hpp"
#include "core/plugin/object_tables.hpp"

namespace forkmap::plugin {

namespace {

constexpr std::string_view kUndefined = "undefined symbol: ";
constexpr std::string_view kNoRoom = "static TLS block";
constexpr std::string_view kLateRuntime = "ASan runtime does not come first";
constexpr std::string_view kCopy = "/proc/self/fd/";  // what constructors see of a private copy

// Whether the text names a private copy, whose number is high, or a file beside it. Others may have
// an output of such a name.
bool names_copy(std::string_view text) {
  constexpr int kLowestOfCopies = 256;
  const auto at = text.find(kCopy);
  if (at == std::string_view::npos) return false;
  const std::string_view rest = text.substr(at + kCopy.size());
  int number = 0;
  const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  return read.ec != std::errc{} || number >= kLowestOfCopies;
}

// The symbol that is undefined; empty if the text speaks of none.
std::string_view undefined_symbol(std::string_view text) {
  const auto at = text.find(kUndefined);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + kUndefined.size());
  return rest.substr(0, rest.find_first_of(" \t\n,;:()'\""));
}

// What --global must be given for the loaded object; empty for one that all see anyhow.
std::string global_name(const LinkedObject& object, const ObjectTables& tables) {
  if (!tables.definitions(FORKMAP_ENTRY_SYMBOL).empty() || tables.soname().empty()) {
    return object.name();
  }
  return std::string(tables.soname());
}

std::string hint_for(std::string_view symbol, bool is_of_library) {
  const std::vector<LinkedObject> objects = linked_objects();
  for (const LinkedObject& object : objects) {
    if (object.name().empty()) continue;  // the program
    const ObjectTables tables(object);
    if (tables.definitions(symbol).empty()) continue;
    const std::string name = global_name(object, tables);
    return "; " + std::string(symbol) + " is defined in " + object.path() +
           ", which only its plugin sees: --global " + name +
           " (LoadOptions::global) lets every library see it";
  }
  if (!is_of_library) return {};
  return "; if a library that the plugin needs defines it, --global LIBRARY (LoadOptions::global) "
         "lets every library see it";
}

}  // namespace

std::string hints_for(std::string_view text, std::string_view plugin) {
  std::string hints;
  const auto has = [text](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  };
  const std::string_view symbol = undefined_symbol(text);
  if (!symbol.empty() && !has("--global ")) {
    const bool is_of_library = plugin.empty() || !text.starts_with(plugin);
    hints += hint_for(symbol, is_of_library);
  }
  if (has(kNoRoom) && !has("GLIBC_TUNABLES")) {
    hints +=
        "; start the program with GLIBC_TUNABLES=glibc.rtld.optional_static_tls=65536 in its "
        "environment, which makes room";
  }
  // A library that the plugin needs was built so; of the plugin itself it is known beforehand.
  if (has(kLateRuntime)) {
    hints +=
        "; a library that it needs was built with -fsanitize=address: start the program with "
        "LD_PRELOAD=$(c++ -print-file-name=libasan.so) in its environment";
  }
  if (names_copy(text) && !has("--load-in-place")) {
    hints +=
        "; a plugin's constructors run while it bears the name of a private copy: "
        "--load-in-place (LoadOptions::in_place) if they look for files beside it";
  }
  return hints;
}

}  // namespace forkmap::plugin
