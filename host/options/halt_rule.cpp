// SPDX-License-Identifier: Apache-2.0
#include "host/options/halt_rule.hpp"

#include <limits>
#include <string_view>

#include "host/cli/option_values.hpp"

namespace forkmap::host {

namespace {

using When = HaltRule::When;
using Why = HaltRule::Why;

constexpr std::uint64_t kMostFailures = std::numeric_limits<std::int64_t>::max();

std::uint64_t counted(Why why, const HaltRule::Facts& facts) noexcept {
  switch (why) {
    case Why::fail:
      return facts.failed;
    case Why::success:
      return facts.done - facts.failed;
    case Why::done:
      break;
  }
  return facts.done;
}

void set_amount(HaltRule& rule, std::string_view text) {
  if (text.ends_with('%')) {
    rule.percent =
        static_cast<int>(whole_number("--halt", text.substr(0, text.size() - 1), 1, 100));
  } else {
    rule.count = whole_number("--halt", text, 1, kMostFailures);
  }
}

}  // namespace

bool HaltRule::is_met(const Facts& facts) const noexcept {
  if (when == When::never) return false;
  const std::uint64_t items = counted(why, facts);
  if (count > 0) return items >= count;
  if (!facts.total || *facts.total == 0) return false;
  return static_cast<double>(items) * 100 >= static_cast<double>(*facts.total) * percent;
}

std::string HaltRule::name() const {
  if (when == When::never) return "never";
  std::string text = when == When::now ? "now," : "soon,";
  text += why == Why::fail ? "fail=" : why == Why::success ? "success=" : "done=";
  return text + (count > 0 ? std::to_string(count) : std::to_string(percent) + "%");
}

std::string HaltRule::text(const Facts& facts) const {
  const std::uint64_t items = counted(why, facts);
  const bool is_share = count == 0 && facts.total;
  std::string text = std::to_string(items);
  if (is_share) text += " of " + std::to_string(*facts.total);
  text += (is_share ? *facts.total : items) == 1 ? " item" : " items";
  text += items == 1 ? " has " : " have ";
  text += why == Why::fail ? "failed" : why == Why::success ? "succeeded" : "finished";
  text += " (--halt " + name() + "): ";
  return text + (when == When::now
                     ? "the run stops"
                     : "no more items are started, and those that run are waited for");
}

HaltRule parse_halt_rule(const std::string& text) {
  if (text == "never" || text == "0") return {};
  if (text == "1") return {.when = When::soon, .count = 1};
  if (text == "2") return {.when = When::now, .count = 1};
  if (text == "-1") return {.when = When::soon, .why = Why::success, .count = 1};
  if (text == "-2") return {.when = When::now, .why = Why::success, .count = 1};
  HaltRule rule;
  if (text.ends_with('%') && text.find(',') == std::string::npos) {
    rule.when = When::soon;
    set_amount(rule, text);
    return rule;
  }
  const std::size_t comma = text.find(',');
  const std::size_t equals = text.find('=');
  if (comma == std::string::npos || equals == std::string::npos || equals < comma) {
    throw UsageError("--halt: invalid rule \"" + text +
                     "\": expected e.g. now,fail=1 or soon,success=10%, or never");
  }
  const std::string_view all(text);
  rule.when =
      choice<When>("--halt", all.substr(0, comma), {{"now", When::now}, {"soon", When::soon}});
  rule.why = choice<Why>("--halt", all.substr(comma + 1, equals - comma - 1),
                         {{"fail", Why::fail}, {"success", Why::success}, {"done", Why::done}});
  set_amount(rule, all.substr(equals + 1));
  return rule;
}

}  // namespace forkmap::host
