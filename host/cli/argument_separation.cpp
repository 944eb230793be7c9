// SPDX-License-Identifier: Apache-2.0
#include "host/cli/argument_separation.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>
#include <utility>

#include "host/cli/usage_error.hpp"

namespace forkmap::host {

namespace {

bool is_number(std::string_view text) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec != std::errc::invalid_argument && read.ptr == text.data() + text.size();
}

[[noreturn]] void refuse_unknown(std::string_view token) {
  throw UsageError("unknown option " + std::string(token) +
                   "; if it is an item, put -- in front of the items");
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::string canonical_name(const CLI::Option& option) {
  if (!option.get_lnames().empty()) return "--" + option.get_lnames().front();
  return "-" + option.get_snames().front();
}

class Separation {
 public:
  Separation(std::span<const std::string> arguments, const CLI::App& app)
      : arguments_(arguments), app_(app) {}

  SeparatedLine run() {
    while (next_ < arguments_.size()) {
      const std::string& token = arguments_[next_++];
      if (token == "--") {
        line_.closed_at = line_.words.size();
        line_.words.insert(line_.words.end(),
                           arguments_.begin() + static_cast<std::ptrdiff_t>(next_),
                           arguments_.end());
        break;
      }
      if (token.size() < 2 || token.front() != '-' || looks_like_negative_number(token)) {
        line_.words.push_back(token);
      } else if (token[1] == '-') {
        take_long(token);
      } else {
        take_short(token);
      }
    }
    return std::move(line_);
  }

 private:
  void take_long(std::string_view token) {
    const std::size_t equals = token.find('=');
    const std::string name(token.substr(0, equals));
    const CLI::Option* const option = app_.get_option_no_throw(name);
    if (option == nullptr) refuse_unknown(token);
    const bool has_value = equals != std::string_view::npos;
    if (has_value && !takes_value(*option)) throw UsageError(name + " takes no value");
    take(*option, name,
         has_value ? std::optional(std::string(token.substr(equals + 1))) : std::nullopt);
  }

  // "-j4", "-j 4", and flags in one token.
  void take_short(std::string_view token) {
    for (std::size_t place = 1; place < token.size(); ++place) {
      const std::string name = std::string("-") + token[place];
      const CLI::Option* const option = app_.get_option_no_throw(name);
      if (option == nullptr) refuse_unknown(token);
      const std::string_view rest = token.substr(place + 1);
      if (takes_value(*option)) {
        take(*option, name, rest.empty() ? std::nullopt : std::optional(std::string(rest)));
        return;
      }
      take(*option, name, std::nullopt);
    }
  }

  void take(const CLI::Option& option, const std::string& as_written,
            std::optional<std::string> value) {
    line_.options.push_back(canonical_name(option));
    if (!takes_value(option)) return;
    if (!value) {
      if (next_ == arguments_.size()) throw UsageError(as_written + " needs a value");
      value = arguments_[next_++];
    }
    note_value(option, as_written, *value);
    line_.options.push_back(std::move(*value));
  }

  void note_value(const CLI::Option& option, const std::string& as_written,
                  const std::string& value) {
    if (option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll) return;
    const auto [former, is_first] = values_.emplace(&option, value);
    if (is_first) return;
    throw UsageError(as_written + " takes one value, and was given two: \"" + former->second +
                     "\" and \"" + value + "\"");
  }

  std::span<const std::string> arguments_;
  const CLI::App& app_;
  std::size_t next_ = 0;
  std::map<const CLI::Option*, std::string> values_;  // of options that take one
  SeparatedLine line_;
};

}  // namespace

bool looks_like_negative_number(std::string_view token) {
  if (!token.starts_with('-') || token == "-0") return false;
  // A range: -5..5, -1..1..0.1.
  if (const std::size_t dots = token.find(".."); dots != std::string_view::npos) {
    const std::string_view rest = token.substr(dots + 2);
    const std::size_t more = rest.find("..");
    return is_number(token.substr(0, dots)) && is_number(rest.substr(0, more)) &&
           (more == std::string_view::npos || is_number(rest.substr(more + 2)));
  }
  for (;;) {
    const std::size_t comma = token.find(',');
    if (!is_number(token.substr(0, comma))) return false;
    if (comma == std::string_view::npos) return true;
    token.remove_prefix(comma + 1);
  }
}

SeparatedLine separate(std::span<const std::string> arguments, const CLI::App& app) {
  return Separation(arguments, app).run();
}

}  // namespace forkmap::host
