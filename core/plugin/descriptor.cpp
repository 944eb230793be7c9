// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/descriptor.hpp"

#include <cstddef>
#include <cstring>
#include <set>
#include <stdexcept>

namespace forkmap::plugin {

namespace {

constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxTextBytes = 4096;  // of a version, a signature, a doc
constexpr std::uint64_t kMaxFunctions = 65536;
constexpr std::uint32_t kMaxRecordBytes = 4096;
constexpr std::uint32_t kFirstPluginBytes =
    offsetof(forkmap_plugin, flags);  // of the first headers

[[noreturn]] void refuse(const std::string& reason) { throw std::invalid_argument(reason); }

// A text of the descriptor, looked at no further than it may be long.
std::string_view text_of(const char* text, std::size_t limit_bytes, const std::string& what) {
  if (text == nullptr) refuse(what + " is missing");
  const std::size_t size = ::strnlen(text, limit_bytes + 1);
  if (size > limit_bytes)
    refuse(what + " is longer than " + std::to_string(limit_bytes) + " bytes");
  return {text, size};
}

std::string_view checked_name(const char* text, const std::string& what) {
  const std::string_view name = text_of(text, kMaxNameBytes, what);
  if (const std::string fault = name_fault(name); !fault.empty()) refuse(what + " " + fault);
  return name;
}

CheckedFunction check_function(const forkmap_function* record, std::uint64_t number) {
  const std::string what = "function " + std::to_string(number + 1);
  const std::string name(checked_name(record->name, "the name of " + what));
  const std::string_view signature =
      text_of(record->signature, kMaxTextBytes, "the signature of " + name);
  if (record->doc != nullptr) (void)text_of(record->doc, kMaxTextBytes, "the doc of " + name);
  if (record->run_vector != nullptr) {
    if (record->run != nullptr || record->call != nullptr) {
      refuse("function " + name + " has a run_vector entry beside a run or a call entry");
    }
    if ((record->flags & FORKMAP_ONCE) != 0) {
      refuse("function " + name +
             " is vectorized and marked once: after a crash a vectorized function is run again to "
             "find the item that did it; give it a run or call entry instead");
    }
  } else if (record->run == nullptr && record->call == nullptr) {
    refuse("function " + name + " has neither a run nor a call entry");
  }
  try {
    return {record, types::parse_signature(signature)};
  } catch (const std::invalid_argument& fault) {
    refuse("function " + name + ": " + fault.what());
  }
}

}  // namespace

std::string name_fault(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > kMaxNameBytes) {
    return "is longer than " + std::to_string(kMaxNameBytes) + " bytes";
  }
  for (const char letter : name) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                       (letter >= '0' && letter <= '9') || letter == '_' || letter == '.' ||
                       letter == '-';
    if (!plain) return "has a character other than letters, digits, '_', '.' and '-'";
  }
  if (name.front() == '-') return "begins with '-'";
  return {};
}

std::uint64_t flags_of(const forkmap_plugin& descriptor) noexcept {
  return descriptor.size_bytes < sizeof(forkmap_plugin) ? 0 : descriptor.flags;
}

int* worker_mark_of(const forkmap_plugin& descriptor) noexcept {
  return descriptor.size_bytes < sizeof(forkmap_plugin) ? nullptr : descriptor.in_worker;
}

std::vector<CheckedFunction> check_descriptor(const forkmap_plugin* descriptor) {
  if (descriptor == nullptr) refuse("forkmap_plugin_v1() returned a null pointer");
  if (descriptor->size_bytes < kFirstPluginBytes) {
    refuse("the descriptor has " + std::to_string(descriptor->size_bytes) + " bytes, ABI 1 needs " +
           std::to_string(kFirstPluginBytes));
  }
  if (descriptor->abi_version != FORKMAP_ABI_VERSION) {
    refuse("ABI " + std::to_string(descriptor->abi_version) + ", this forkmap needs " +
           std::to_string(FORKMAP_ABI_VERSION));
  }
  (void)checked_name(descriptor->name, "the plugin's name");
  (void)text_of(descriptor->version, kMaxTextBytes, "the plugin's version");
  if (int* const mark = worker_mark_of(*descriptor)) {
    volatile int& place = *mark;  // read and written, as in a worker
    place = place;
  }
  if (descriptor->function_count == 0) refuse("the plugin has no functions");
  if (descriptor->function_count > kMaxFunctions) {
    refuse("the plugin says it has " + std::to_string(descriptor->function_count) +
           " functions, more than " + std::to_string(kMaxFunctions));
  }
  if (descriptor->functions == nullptr) refuse("the plugin's table of functions is missing");

  // A plugin built with a later header may have longer records; they are all of one size.
  const std::uint32_t record_bytes = descriptor->functions->size_bytes;
  if (record_bytes < sizeof(forkmap_function) || record_bytes > kMaxRecordBytes ||
      record_bytes % alignof(forkmap_function) != 0) {
    refuse("the record of function 1 has " + std::to_string(record_bytes) + " bytes, ABI 1 needs " +
           std::to_string(sizeof(forkmap_function)));
  }
  std::vector<CheckedFunction> functions;
  std::set<std::string_view> names;
  for (std::uint64_t number = 0; number < descriptor->function_count; ++number) {
    const auto* const record = reinterpret_cast<const forkmap_function*>(
        reinterpret_cast<const unsigned char*>(descriptor->functions) + number * record_bytes);
    if (record->size_bytes != record_bytes) {
      refuse("the record of function " + std::to_string(number + 1) + " has " +
             std::to_string(record->size_bytes) + " bytes, that of function 1 has " +
             std::to_string(record_bytes));
    }
    functions.push_back(check_function(record, number));
    if (!names.insert(record->name).second) {
      refuse("two functions are named " + std::string(record->name));
    }
  }
  return functions;
}

}  // namespace forkmap::plugin
