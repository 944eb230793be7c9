// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <forkmap/plugin.h>

#include <cstdint>
#include <type_traits>

#include "core/base/check.hpp"

namespace forkmap::types {

// Calls `visitor(std::type_identity<T>{})` with the C++ type of a number or bool code.
template <class Visitor>
decltype(auto) visit_scalar(std::uint32_t code, const Visitor& visitor) {
  switch (code) {
    case FORKMAP_BOOL:
      return visitor(std::type_identity<bool>{});
    case FORKMAP_I8:
      return visitor(std::type_identity<std::int8_t>{});
    case FORKMAP_I16:
      return visitor(std::type_identity<std::int16_t>{});
    case FORKMAP_I32:
      return visitor(std::type_identity<std::int32_t>{});
    case FORKMAP_I64:
      return visitor(std::type_identity<std::int64_t>{});
    case FORKMAP_U8:
      return visitor(std::type_identity<std::uint8_t>{});
    case FORKMAP_U16:
      return visitor(std::type_identity<std::uint16_t>{});
    case FORKMAP_U32:
      return visitor(std::type_identity<std::uint32_t>{});
    case FORKMAP_U64:
      return visitor(std::type_identity<std::uint64_t>{});
    case FORKMAP_F32:
      return visitor(std::type_identity<float>{});
    case FORKMAP_F64:
      return visitor(std::type_identity<double>{});
    default:
      base::check_failed("the code is one of a number or bool", __FILE__, __LINE__);
  }
}

}  // namespace forkmap::types
