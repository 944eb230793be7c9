// SPDX-License-Identifier: Apache-2.0
//
// forkmap/forkmap.hpp: the whole library for programs that make pools. Plugins include
// <forkmap/plugin.hpp> (C++) or <forkmap/plugin.h> (C) instead.
#pragma once

#include <forkmap/requirements.hpp>

#include <forkmap/library_threads.hpp>
#include <forkmap/pool.hpp>
