// SPDX-License-Identifier: Apache-2.0
#pragma once

// Catch2 3 where the system has it, else 2.13 (Debian 12). Tests include this header and no other
// of Catch2's.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>

// Names that version 3 moved into its namespace.
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
