// SPDX-License-Identifier: Apache-2.0
//
// forkmap/single_source.hpp: one item, the arguments of one call, as a source.
#pragma once

#include <forkmap/item_source.hpp>
#include <forkmap/value_codec.hpp>
#include <tuple>
#include <utility>

namespace forkmap::detail {

// A...: owning types.
template <Supported... A>
class SingleSource final : public ItemSource {
 public:
  explicit SingleSource(A... arguments) : arguments_(std::move(arguments)...) {}

  Fill fill(InputBlock& block, std::size_t limit) override {
    if (is_given_) return Fill::end;
    if (limit == 0) return Fill::more;
    const bool has_room = std::apply(
        [&](const A&... values) { return write_row<A...>(block, values...); }, arguments_);
    if (!has_room) return Fill::full;
    is_given_ = true;
    return Fill::end;
  }

  std::uint64_t skip_too_large() override {
    is_given_ = true;
    return std::apply([](const A&... values) { return (payload_bytes(values) + ...); }, arguments_);
  }

  [[nodiscard]] std::optional<std::uint64_t> remaining() const override {
    return is_given_ ? 0 : 1;
  }

 private:
  std::tuple<A...> arguments_;
  bool is_given_ = false;
};

}  // namespace forkmap::detail
