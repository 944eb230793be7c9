// SPDX-License-Identifier: Apache-2.0
#include "host/shell_outcomes.hpp"

#include <algorithm>
#include <charconv>

#include "core/base/printable_text.hpp"
#include "host/shell_value.hpp"
#include "host/unasked_parameters.hpp"
#include "host/usage_error.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kNamedItems = 10;

// The text is a number of the type, because a worker printed it.
template <class T>
T number_of(std::string_view text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void add_to(Accumulator& accumulator, std::uint32_t code, std::string_view row) {
  switch (code) {
    case FORKMAP_F32:
    case FORKMAP_F64:
      accumulator.add(number_of<double>(row));
      return;
    case FORKMAP_BOOL:
      accumulator.add(Int128{row == "true" ? 1 : 0});
      return;
    case FORKMAP_U64:
      accumulator.add(Int128{number_of<std::uint64_t>(row)});
      return;
    default:
      accumulator.add(Int128{number_of<std::int64_t>(row)});
  }
}

std::string line_of(const ShellFailures& failures) {
  std::string text(to_string(failures.kind));
  text += " on " + std::to_string(failures.count) + (failures.count == 1 ? " item (" : " items (");
  for (std::size_t i = 0; i < failures.items.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(failures.items[i]);
  }
  if (failures.count > failures.items.size()) text += ", ...";
  return text + "): " + base::printable_lines(failures.message) + "\n";
}

}  // namespace

void ShellOutcomes::add_error(const ItemError& error) {
  auto found = std::ranges::find(failures_, error.kind, &ShellFailures::kind);
  if (found == failures_.end()) {
    std::string message = error.function + ": ";
    if (error.column) message += "column " + std::to_string(*error.column + 1) + ": ";
    message += error.message;
    failures_.push_back({.kind = error.kind, .message = std::move(message)});
    found = failures_.end() - 1;
  }
  ++found->count;
  if (found->items.size() < kNamedItems) found->items.push_back(error.index + 1);
}

bool ShellOutcomes::has_called() const noexcept {
  return !rows_.empty() || std::ranges::any_of(failures_, [](const ShellFailures& failures) {
    return has_run(failures.kind);
  });
}

ShellAnswer ShellOutcomes::with_failures() const {
  ShellAnswer answer;
  answer.failures = failures_;
  for (const ShellFailures& failures : failures_) answer.text += line_of(failures);
  return answer;
}

ShellAnswer ShellOutcomes::as_list() const {
  ShellAnswer answer = with_failures();
  answer.values.emplace();
  for (const std::string& row : rows_) answer.values->push_back(shown_result(signature_, row));
  answer.values_are_text = signature_.results.size() == 1 && is_text(signature_.results.front());
  answer.text = shown_list(*answer.values) + "\n" + answer.text;
  return answer;
}

ShellAnswer ShellOutcomes::reduced(Reduction reduction) const {
  const bool is_one = signature_.results.size() == 1;
  const std::uint32_t code = is_one ? signature_.results.front().code : 0;
  if (reduction != Reduction::count && (!is_one || signature_.results.front().is_variable())) {
    throw UsageError("reduce " + std::string(name_of(reduction)) +
                     " needs a function with one number as its result, and this one is " +
                     types::to_text(signature_));
  }
  Accumulator accumulator(reduction);
  for (const std::string& row : rows_) {
    if (reduction == Reduction::count) {
      accumulator.count_only();
    } else {
      add_to(accumulator, code, row);
    }
  }
  const auto value =
      accumulator.text(code == FORKMAP_F32 || code == FORKMAP_F64, code == FORKMAP_F32);
  if (accumulator.overflowed()) {
    throw Error("the " + std::string(name_of(reduction)) + " does not fit into 128 bits");
  }
  ShellAnswer answer = with_failures();
  answer.values.emplace();
  if (!failures_.empty()) {
    answer.text = "no " + std::string(name_of(reduction)) + ", since items failed\n" + answer.text;
  } else if (!value) {
    answer.text = "no " + std::string(name_of(reduction)) + ", since there was no item\n";
  } else {
    answer.values->push_back(*value);
    answer.text = *value + "\n";
  }
  return answer;
}

}  // namespace forkmap::host
