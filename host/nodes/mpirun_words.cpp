// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/mpirun_words.hpp"

namespace forkmap::host {

std::vector<std::string> mpirun_words(const MpirunRequest& request) {
  std::vector<std::string> words = {"mpirun",
                                    // A node that dies takes no other with it.
                                    "--enable-recovery",
                                    // Else each rank, and all its workers, have one core.
                                    "--bind-to", "none",
                                    // Several ranks of one machine share its slots.
                                    "--oversubscribe",
                                    // A look for messages costs less with many ranks.
                                    "--mca", "opal_event_include", "epoll"};
  if (!request.folder.empty()) words.insert(words.end(), {"--wdir", request.folder});
  const auto begin_context = [&](const std::string& node) {
    for (const char* const word : {"-n", "1", "--host"}) words.emplace_back(word);
    words.push_back(node);
    for (const std::string& name : request.variables) {
      words.emplace_back("-x");
      words.push_back(name);
    }
  };
  begin_context(request.here);
  words.insert(words.end(), {request.courier, "--connect", request.door});
  // A context each: then the ranks have the order of the names, whatever maps them.
  for (const std::string& node : request.nodes) {
    words.emplace_back(":");
    begin_context(node);
    words.insert(words.end(), {request.program, "agent", request.workers});
    words.insert(words.end(), request.words.begin(), request.words.end());
  }
  return words;
}

}  // namespace forkmap::host
