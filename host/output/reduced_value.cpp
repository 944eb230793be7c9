// SPDX-License-Identifier: Apache-2.0
#include "host/output/reduced_value.hpp"

#include "host/cli/diagnostics.hpp"

namespace forkmap::host {

namespace {

void append_value(const ReducedForm& form, const std::string& text, std::string& out) {
  if (form.format == Format::jsonl) {
    const bool is_number = text.find_first_of("in") == std::string::npos;
    const std::string mark = is_number ? "" : "\"";
    out += "{\"" + std::string(name_of(form.reduction)) + "\":" + mark + text + mark + "}\n";
  } else {
    out += text + form.terminator;
  }
}

}  // namespace

ReducedForm reduced_form(Reduction reduction, Format format, char terminator,
                         const types::Signature& function) {
  const std::uint32_t code = function.results.size() == 1 ? function.results.front().code : 0;
  const bool is_single = code == FORKMAP_F32;
  return {reduction, format, terminator, is_single || code == FORKMAP_F64, is_single};
}

bool end_reduction(const Accumulator& accumulator, const ReducedForm& form, std::uint64_t failed,
                   std::string& out, Diagnostics& diagnostics) {
  const std::string name(name_of(form.reduction));
  const auto text = accumulator.text(form.is_float, form.is_single);
  if (accumulator.overflowed()) {
    diagnostics.say("the " + name + " does not fit into 128 bits, so there is none");
    return false;
  }
  if (failed > 0) {
    diagnostics.say("partial " + name + ", of the " + std::to_string(accumulator.count()) +
                    " items that did not fail: " + text.value_or("none"));
  } else if (!text) {
    diagnostics.say("there was no item, so there is no " + name);
  } else {
    append_value(form, *text, out);
  }
  return true;
}

}  // namespace forkmap::host
