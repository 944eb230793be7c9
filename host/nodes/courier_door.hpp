// SPDX-License-Identifier: Apache-2.0
//
// Where the courier of this machine comes in. It connects once for each node that this process is
// to talk with; what goes through such a connection reaches that node as a stream of bytes.
//  C1 Nobody else gets in: a process of this user that knows the nonce, which only those who are
//     started with it know.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"

namespace forkmap::host {

// What a courier says first on each of its connections.
struct CourierPreamble {
  std::array<char, 8> magic;
  std::array<unsigned char, 16> nonce;
  std::uint32_t peer;   // the rank at the other end
  std::uint32_t ranks;  // how many there are, this one counted
};
static_assert(sizeof(CourierPreamble) == 32);

struct CourierStream {
  base::UniqueFd socket;
  std::uint32_t peer = 0;
  std::uint32_t ranks = 0;
};

class CourierDoor {
 public:
  CourierDoor();  // throws SystemError

  // As a courier is told them.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }    // --connect
  [[nodiscard]] const std::string& nonce() const noexcept { return nonce_; }  // in hexadecimal
  // Readable when somebody stands there; those who have come in and said nothing yet, too.
  [[nodiscard]] std::vector<int> awaited() const;
  // The next stream whose preamble has come; nothing: none is there now.
  [[nodiscard]] std::optional<CourierStream> take();

 private:
  struct Entering {
    base::UniqueFd socket;
    CourierPreamble preamble{};
    std::size_t received_bytes = 0;
  };
  std::string nonce_;
  std::array<unsigned char, 16> nonce_bytes_{};
  std::string name_;
  base::UniqueFd listener_;
  std::vector<Entering> entering_;

  void let_in();
  // False: it is nobody we know, or has gone.
  [[nodiscard]] bool read(Entering& entering) const;
};

}  // namespace forkmap::host
