// SPDX-License-Identifier: Apache-2.0
//
// What an earlier run says of its input, and how an input of now compares with it.
#pragma once

#include <optional>
#include <string>

#include "host/input/input_places.hpp"
#include "host/input/settled_items.hpp"
#include "host/io/file_stamp.hpp"

namespace forkmap::host {

struct ResumeClaim {
  InputPlace place;               // at or before the end of the items without a gap
  SettledItems settled;           // of the whole input
  Hash128 ahead;                  // the sum for those of them behind the place
  bool is_open = false;           // the line of the last one had no terminator
  std::optional<FileStamp> file;  // the input, where its content can be believed to be the same
};

struct InputComparison {
  enum class Result : std::uint8_t {
    same,          // as far as it can be seen now (ItemInput::vouched)
    line_goes_on,  // the line that had no terminator is longer now; all before it may be the same
    another
  };
  Result result = Result::same;
  std::string difference = {};  // of the input: "has 3 items only"
};

// Whether the items that an earlier run has settled have been seen to be the same.
enum class Vouched : std::uint8_t {
  yes,
  not_yet,  // a stream has not come to the last of them
  no
};

}  // namespace forkmap::host
