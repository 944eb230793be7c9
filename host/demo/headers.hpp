// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/demo/stage.hpp"

namespace forkmap::host {

// Real input: lines, words and bytes of every file below the folders, through the plugin `text`,
// with a worker killed on purpose half-way, and each file's numbers compared with those of `wc`.
void play_headers(DemoStage& stage, const std::vector<std::string>& folders);

}  // namespace forkmap::host
