// SPDX-License-Identifier: Apache-2.0
//
// The precompiled header of core and host. Sources include what they use all the same: clang-tidy
// and the sanitizers' builds of the header check read them without it.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>
