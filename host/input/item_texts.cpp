// SPDX-License-Identifier: Apache-2.0
#include "host/input/item_texts.hpp"

#include <utility>

namespace forkmap::host {

ArgumentTexts::ArgumentTexts(const std::vector<std::string>& arguments, std::size_t arity) {
  StreamHash hash;
  for (const std::string& argument : arguments) {
    hash.add(std::string_view(argument.c_str(), argument.size() + 1));
  }
  whole_ = {hash.size_bytes(), hash.value()};
  for (std::size_t first = 0; first < arguments.size(); first += arity) {
    std::string text = arguments[first];
    for (std::size_t column = 1; column < arity; ++column) {
      text += '\0';
      text += arguments[first + column];
    }
    items_.push_back(std::move(text));
  }
}

}  // namespace forkmap::host
